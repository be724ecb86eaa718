import { describe, expect, it } from "vitest";
import type { AgentPolicy } from "../model/agent-policy.ts";
import { loadConfiguration } from "./load.ts";

const REGISTRIES = {
  resourceTypes: { "ec2.instance": { facts: {} }, "ebs.volume": { facts: {} } },
  packs: {},
};
const HEAD = "version: 1\nname: web-team\npolicies: []\n";

const load = (agent: string) => loadConfiguration(`${HEAD}agent:\n${agent}`, "w.yaml", REGISTRIES);
/** `5:3 code`, of all that there is to say. */
const said = (agent: string): string[] =>
  load(agent).diagnostics.map(({ line, column, code, severity }) => `${line}:${column} ${severity} ${code}`);
const message = (agent: string): string =>
  load(agent)
    .diagnostics.map((one) => one.message)
    .join("\n");

function policy(agent: string): AgentPolicy {
  const { configuration, diagnostics } = load(agent);
  expect(diagnostics).toEqual([]);
  if (!configuration?.agent) throw new Error("there is no agent");
  return configuration.agent;
}

describe("agent:", () => {
  it("needs targets alone; the rest has defaults", () => {
    expect(policy(`  targets: [{ select: { tags: { Managed: "Yes" } } }]`)).toMatchObject({
      install: true,
      version: "latest",
      merge: "keep",
      targets: [
        {
          select: { types: ["ec2.instance"], tags: { Managed: { anyOf: ["Yes"] } } },
          profile: "default",
          replaceRole: false,
          replaceAgent: false,
        },
      ],
      profiles: { default: { name: "default" } },
      rollout: {},
      position: { line: 4, column: 1 },
    });
  });

  it("takes everything there is to say", () => {
    const { profiles, rollout, version } = policy(`  version: 1.300049.1b929
  targets: [{ select: { name: "web-*" }, profile: standard, replaceRole: true }]
  profiles:
    standard:
      interval: 30s
      disks: ["/", 1]
      retentionDays: 30
      flush: 15
      files: { linux: [{ file: /var/log/a, logGroup: a, timeZone: UTC }, { file: /b, logGroup: b, retentionDays: 7 }] }
      events: [{ event: System, levels: [ERROR], logGroup: w }]
  rollout: { waves: [1, 10%, rest], failures: 2, stopAlarms: [a], pause: 5m, patience: 20m, registration: 0 }
`);
    expect(version).toBe("1.300049.1b929");
    expect(profiles["standard"]).toMatchObject({
      interval: 30,
      disks: ["/", "1"],
      flushSeconds: 15,
      files: { linux: [{ retentionDays: 30 }, { retentionDays: 7 }] },
      events: [{ retentionDays: 30 }],
    });
    expect(rollout).toEqual({
      waves: [1, "10%", "rest"],
      failures: 2,
      stopAlarms: ["a"],
      pauseSeconds: 300,
      patienceSeconds: 1200,
      registrationSeconds: 0,
    });
  });

  it.each([
    ["no targets", "  install: true\n", ["4:1 error missing-key"]],
    ["an empty list of targets", "  targets: []\n", ["5:12 error bad-value"]],
    ["a target without a selector", "  targets: [{ profile: default }]\n", ["5:13 error missing-key"]],
    ["a selector that selects everything", "  targets: [{ select: {} }]\n", ["5:23 error empty-selector"]],
    ["another type", "  targets: [{ select: { type: ebs.volume } }]\n", ["5:31 error wrong-type"]],
    ["a type that doesn't exist", "  targets: [{ select: { type: ec2.instances } }]\n", ["5:31 error unknown-resource-type"]],
    ["an unknown profile", "  targets: [{ select: { name: a }, profile: b }]\n", ["5:45 error unknown-profile"]],
    ["a misspelt key", "  targets: [{ select: { name: a }, replaceRoles: true }]\n", ["5:36 error unknown-key"]],
    ["an unused profile", "  targets: [{ select: { name: a } }]\n  profiles: { x: {} }\n", ["6:15 warning unused-profile"]],
    ["an interval that is too long", "  targets: [{ select: { name: a }, profile: x }]\n  profiles: { x: { interval: 6m } }\n", ["6:30 error bad-value"]],
    ["days that no group can keep", "  targets: [{ select: { name: a }, profile: x }]\n  profiles: { x: { retentionDays: 10 } }\n", ["6:35 error bad-value"]],
    ["keys beside files that stand in for them", "  targets: [{ select: { name: a }, profile: x }]\n  profiles: { x: { interval: 30, configuration: { linux: a, windows: b } } }\n", ["6:20 warning unused-key"]],
    ["no patience", "  targets: [{ select: { name: a } }]\n  rollout: { patience: 0 }\n", ["6:24 error bad-value"]],
    ["a wave of none", "  targets: [{ select: { name: a } }]\n  rollout: { waves: [0] }\n", ["6:22 error bad-value"]],
    ["a rest before the end", "  targets: [{ select: { name: a } }]\n  rollout: { waves: [rest, 1] }\n", ["6:21 error bad-value"]],
    ["a share beyond all", "  targets: [{ select: { name: a } }]\n  rollout: { failures: 120% }\n", ["6:24 error bad-value"]],
    ["no version", "  targets: [{ select: { name: a } }]\n  version: newest\n", ["6:12 error bad-value"]],
  ])("says where there is %s", (_, agent, expected) => {
    expect(said(agent)).toEqual(expected);
  }); // biome-ignore format: a table

  it("suggests what was meant", () => {
    const agent = "  targets: [{ select: { name: a }, profile: standrd }]\n  profiles: { standard: {} }\n";
    expect(message(agent)).toContain('unknown profile "standrd". Did you mean "standard"?');
    expect(message("  targets: [{ select: { name: a }, replaceroles: true }]\n")).toContain(
      'Did you mean "replaceRole"?',
    );
  });
});
