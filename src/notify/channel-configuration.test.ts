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
