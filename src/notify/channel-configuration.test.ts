// The registry of channels read through the configuration: every kind's own example must load.
import { describe, expect, it } from "vitest";
import { loadConfiguration } from "../config/load.ts";
import { formatDiagnostic } from "../support/diagnostic.ts";
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
