import { describe, expect, it } from "vitest";
import { formatDiagnostic } from "../support/diagnostic.ts";
import { loadConfiguration } from "./load.ts";
import type { ChannelForm } from "./registries.ts";
import { configurationTemplate } from "./template.ts";
import { complaints, loaded, registries } from "./test-fixtures.ts";

const SLACK: ChannelForm = {
  options: {
    token: { type: "secret", description: "Token.", required: true },
    channel: { type: "text", description: "Channel.", required: true },
  },
  url: { user: "token", path: "channel", example: "slack://env:SLACK_TOKEN@/C123" },
};

describe("configurationTemplate", () => {
  const text = configurationTemplate({ name: "web.team", region: "eu-central-1", account: "011122223333" });

  it("is right as it stands", () => {
    expect(complaints(text)).toEqual([]);
    expect(loaded(text)).toMatchObject({
      name: "web.team",
      regions: ["eu-central-1"],
      expectAccounts: ["011122223333"],
      policies: [{ name: "production", select: { tags: { Managed: { anyOf: ["Yes"] } } } }],
      topics: { oncall: { name: "web-team-oncall" } },
    });
  });

  it("sends nothing when an alarm goes back to OK", () => {
    for (const lists of Object.values(loaded(text).severities)) expect(lists.ok).toEqual([]);
  });

  it("is right without an account, and with every line that is commented out", () => {
    expect(loaded(configurationTemplate({ name: "a", region: "cn-north-1" })).expectAccounts).toEqual([]);
    const everything = text.replace(
      /^( *)# (overrides:|alarms:|monthlyCost:|notifications:| {2}.*)/gm,
      "$1$2",
    );
    const { configuration, diagnostics } = loadConfiguration(everything, "w.yaml", {
      ...registries,
      channels: { slack: SLACK },
    });
    expect(diagnostics.map(formatDiagnostic)).toEqual([]);
    const { policies = [], limits, notifications } = configuration ?? {};
    expect(notifications?.listen).toEqual({ queue: { name: "web-team-inbox" } });
    expect(limits?.monthlyCost).toBe(500);
    expect(policies[0]?.overrides[0]?.alarms).toHaveProperty("cpu-high");
    expect(policies[0]?.alarms.at(-1)?.key).toBe("queue-age");
  });
});
