// The registry of channels read through the configuration: every kind's own example must load.
import { describe, expect, it } from "vitest";
import { loadConfiguration } from "../config/load.ts";
import { formatDiagnostic } from "../support/diagnostic.ts";
import { notificationPaths } from "./channels/notification-paths.ts";
import { CHANNEL_KINDS } from "./channels/registry.ts";

const registries = { resourceTypes: {}, packs: {}, channels: CHANNEL_KINDS };

describe("a channel's example", () => {
  it.each(Object.entries(CHANNEL_KINDS))("of %s is a right configuration", (kind, { url }) => {
    const text = `version: 1
name: a
policies: []
notifications:
  channels: { one: ${JSON.stringify(url.example)} }
  route: { receiver: one }
`;
    const { configuration, diagnostics } = loadConfiguration(text, "w.yaml", registries);
    expect(diagnostics.map(formatDiagnostic)).toEqual([]);
    expect(configuration?.notifications?.channels["one"]).toMatchObject({ name: "one", kind });
  });
});

describe("an address in the clear", () => {
  it.each([
    ["webhook", "url", "{ kind: webhook, url: http://hooks.example.com/a }"],
    ["webhook", "url", "{ kind: webhook, url: hooks.example.com }"],
    ["slack", "server", "slack://env:T@/C0123456789?server=http://slack.example.com"],
    ["telegram", "server", "telegram://env:T@/-100123?server=http://telegram.example.com"],
    ["pagerduty", "server", "pagerduty://env:T@?server=ftp://pagerduty.example.com"],
  ])("is refused at load: %s, %s of %s", (_, option, channel) => {
    const text = `version: 1
name: a
policies: []
notifications:
  channels: { one: ${channel.startsWith("{") ? channel : JSON.stringify(channel)} }
  route: { receiver: one }
`;
    const { diagnostics } = loadConfiguration(text, "w.yaml", registries);
    expect(diagnostics.map(formatDiagnostic)).toEqual([
      `w.yaml:5:15  channel "one" has a ${option} that isn't an https address: write https://…; plain http is for this machine only (127.0.0.1)`,
    ]);
  });
});

describe("a template that names what no notification has", () => {
  const load = (body: string): readonly string[] => {
    const text = `version: 1
name: a
policies: []
notifications:
  channels:
    one:
      kind: webhook
      url: https://hooks.example.com/a
      body: ${body}
  route: { receiver: one }
`;
    return loadConfiguration(text, "w.yaml", registries).diagnostics.map(formatDiagnostic);
  };

  it.each([
    ["alerts.0.nmae", '"alerts.0.nmae", which no notification has. Did you mean "alerts.0.text.name"?'],
    [
      "alerts.0.text.nmae",
      '"alerts.0.text.nmae", which no notification has. Did you mean "alerts.0.text.name"?',
    ],
    ["titel", '"titel", which no notification has. Did you mean "title"?'],
    [
      "alert.0.text.name",
      '"alert.0.text.name", which no notification has. Did you mean "alerts.0.text.name"?',
    ],
    ["text.name", '"text.name", which no notification has. Did you mean "alerts.0.text.name"?'],
    ["counts.xyzzy", '"counts.xyzzy", which no notification has. counts has firing, resolved'],
    ["alerts.text.name", '"alerts.text.name": alerts is a list, whose first element is alerts.0'],
    ["title.text", '"title.text": title is a single value'],
    [
      "commonLabels.severty",
      '"commonLabels.severty": no alert has a label "severty". Did you mean "severity"?',
    ],
    ["toString", '"toString", which no notification has. There are version, id, '],
  ])("is refused at load: %s", (path, problem) => {
    const [said = "", ...others] = load(`'{"a": {{ title }}, "b": {{ ${path} | text }}}'`);
    expect(said.startsWith(`w.yaml:9:13  body refers to ${problem}`)).toBe(true);
    expect(others).toEqual([]);
  });

  it("and what else is wrong with it are told at its place", () => {
    expect(load('"{{ title"')).toEqual([
      "w.yaml:9:13  body leaves a {{ open, or has something in it that is no name",
    ]);
    expect(load('"{{ __proto__..x }}"')[0]).toContain('body refers to "__proto__..x", which is no path');
    expect(load("|\n        {{ title | upper }}")).toEqual([
      'w.yaml:9:13  body asks for the form "upper": there are text and raw',
    ]);
  });

  it.each([
    ...notificationPaths(),
    "alerts.7.labels.tag:Team",
    "alerts.length",
    "alerts.0.watched.metricName",
    "commonLabels.dimension:InstanceId",
  ])("isn't one with %s", (path) => {
    expect(load(`'[{{ ${path} }}]'`)).toEqual([]);
  });
});
