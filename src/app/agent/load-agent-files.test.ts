import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isWatchkeeperError } from "../../support/errors.ts";
import { readConfiguration } from "../read-configuration.ts";

const EXAMPLE = readFileSync(resolve(import.meta.dirname, "../../../examples/agent-linux.json"), "utf8");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "watchkeeper-files-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Reads a configuration whose profile has this file; everything that is wrong with it in one text. */
function read(json: string | undefined, platform = "linux", more = "") {
  if (json !== undefined) writeFileSync(join(folder, "agent.json"), json);
  const text = `version: 1\nname: web-team\npolicies: []\nagent:\n  targets: [{ select: { name: a }, profile: own }]\n  profiles:\n    own:\n      configuration:\n        ${platform}: agent.json\n${more}`;
  writeFileSync(join(folder, "watchkeeper.yaml"), text);
  return readConfiguration("watchkeeper.yaml", folder);
}

function wrong(json: string | undefined, platform?: string): string {
  try {
    read(json, platform);
  } catch (error) {
    if (isWatchkeeperError(error)) return error.message;
    throw error;
  }
  throw new Error("nothing is wrong");
}

/** A file with these metrics. */
const metrics = (value: object): string => JSON.stringify({ metrics: value });
const ID = { InstanceId: `\${aws:InstanceId}` };
const MEM = { mem: { measurement: ["mem_used_percent"] } };

describe("a file of the agent's own", () => {
  it("is read beside the configuration, whose hash it changes", () => {
    const { configuration, warnings } = read(EXAMPLE);
    expect(warnings).toEqual([]);
    expect(configuration.agent?.profiles["own"]?.own?.linux?.configuration).toEqual(JSON.parse(EXAMPLE));
    const other = read(
      EXAMPLE.replace('"metrics_collection_interval": 60', '"metrics_collection_interval": 30'),
    );
    expect(other.configuration.hash).not.toBe(configuration.hash);
    expect(read(EXAMPLE).configuration.hash).toBe(configuration.hash);
    expect(read(`\uFEFF${EXAMPLE}`).warnings).toEqual([]);
  });

  it("that can't be read is told at the line that names it", () => {
    expect(wrong(undefined)).toBe(
      `watchkeeper.yaml:9:9  agent.json can't be read: there is no such file (in ${folder})`,
    );
    expect(wrong("{ metrics")).toMatch(/^watchkeeper\.yaml:9:9 {2}agent\.json is no JSON: /);
    expect(wrong("[]")).toContain("agent.json: the configuration must be a mapping, not []");
  });

  it.each([
    ["a misspelt section", metrics({ metrics_collectd: {} }), "metrics.metrics_collectd is not known here"],
    ["another platform's section", metrics({ append_dimensions: ID, metrics_collected: { ...MEM, LogicalDisk: { measurement: ["% Free Space"] } } }), "metrics.metrics_collected.LogicalDisk is not something that the agent measures on Linux"],
    ["no heartbeat", metrics({ append_dimensions: ID, metrics_collected: { swap: { measurement: ["swap_used_percent"] } } }), 'metrics.metrics_collected.mem.measurement lacks "mem_used_percent", the metric by which an agent is known to work: add "mem"'],
    ["no metrics at all", JSON.stringify({ agent: {} }), "metrics.metrics_collected.mem.measurement lacks"],
    ["the heartbeat under another name", metrics({ append_dimensions: ID, metrics_collected: { mem: { measurement: [{ name: "used_percent", rename: "memory" }] } } }), 'renames "mem_used_percent"'],
    ["another namespace", metrics({ namespace: "Acme", append_dimensions: ID, metrics_collected: MEM }), 'metrics.namespace is "Acme"'],
    ["no instance id", metrics({ metrics_collected: MEM }), "never publishes mem_used_percent with InstanceId as its only dimension"],
    ["further dimensions only", metrics({ append_dimensions: { ...ID, ImageId: `\${aws:ImageId}` }, metrics_collected: MEM }), `add "append_dimensions": { "InstanceId": "\${aws:InstanceId}" } and "aggregation_dimensions": [["InstanceId"]]`],
    ["dimensions of the section's own", metrics({ append_dimensions: ID, metrics_collected: { mem: { ...MEM.mem, append_dimensions: { team: "a" } } } }), "as its only dimension"],
    ["a heartbeat every ten minutes", JSON.stringify({ agent: { metrics_collection_interval: 600 }, metrics: { append_dimensions: ID, metrics_collected: MEM } }), "is measured every 600 s: 300 at most"],
    ["more than 8 KB", metrics({ append_dimensions: ID, metrics_collected: { ...MEM, disk: { measurement: ["used_percent"], resources: Array.from({ length: 200 }, (_, i) => `/srv/volumes/number-${i}-of-the-large-store-in-rack-seven`) } } }), "and a parameter of Systems Manager holds 8192"],
  ])("with %s is refused, with the path in the file", (_, json, expected) => {
    expect(wrong(json)).toContain("watchkeeper.yaml:9:9  agent.json: ");
    expect(wrong(json)).toContain(expected);
  }); // biome-ignore format: a table

  it("on Windows needs the sum over its objects", () => {
    const windows = { Memory: { measurement: ["% Committed Bytes In Use"] } };
    expect(wrong(metrics({ append_dimensions: ID, metrics_collected: windows }), "windows")).toContain(
      "as its only dimension",
    );
    const whole = metrics({
      append_dimensions: ID,
      aggregation_dimensions: [["InstanceId"]],
      metrics_collected: windows,
    });
    expect(read(whole, "windows").warnings).toEqual([]);
  });

  it("that writes to a region of its own is taken with a warning", () => {
    const json = JSON.stringify({
      agent: { region: "us-east-1" },
      metrics: { append_dimensions: ID, metrics_collected: MEM },
    });
    expect(read(json).warnings.map(({ code, line }) => [code, line])).toEqual([["agent-region", 9]]);
  });
});

describe("what is made from a profile", () => {
  it("is checked like a file, at the profile's line", () => {
    const text = `version: 1\nname: web-team\npolicies: []\nagent:\n  targets: [{ select: { name: a } }]\n  profiles:\n    default:\n      files: { linux: [{ file: /a, logGroup: "with space" }] }\n`;
    writeFileSync(join(folder, "watchkeeper.yaml"), text);
    expect(() => readConfiguration("watchkeeper.yaml", folder)).toThrow(
      /^watchkeeper\.yaml:7:5 {2}profile "default" on linux: logs\.logs_collected\.files\.collect_list\[0\]\.log_group_name "with space"/,
    );
  });
});
