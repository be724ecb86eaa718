import { CreateTagsCommand } from "@aws-sdk/client-ec2";
import { afterEach, describe, expect, it } from "vitest";
import { ec2Client } from "../../test/support/ec2-cloud.ts";
import { type LocalSession, localSession } from "../../test/support/local-session.ts";
import { scenarioCloud } from "../../test/support/scenario-cloud.ts";
import { listResources } from "../inventory/list-resources.ts";
import type { LocalCloud } from "../local/server.ts";
import { readAgentStatus } from "./read-status.ts";
import { AGENT_TAG } from "./roll-out.ts";

const HASHES = { linux: { hash: "linux-now" }, windows: { hash: "windows-now" } };
let local: LocalCloud;
let world: LocalSession;
afterEach(() => local.close());

async function statusOf(groups: string, marks: Readonly<Record<string, string>> = {}) {
  local = scenarioCloud(`{ version: 1, groups: [${groups}] }`);
  world = await localSession(local);
  const { session, context } = world;
  const read = async () => (await listResources(session, ["ec2.instance"], context)).resources;
  for (const { id, name } of await read())
    if (marks[name] !== undefined)
      await ec2Client(local).send(
        new CreateTagsCommand({ Resources: [id], Tags: [{ Key: AGENT_TAG, Value: marks[name] }] }),
      );
  return readAgentStatus(session, await read(), HASHES, context);
}

describe("the status of agents", () => {
  it("is told from pings, tags and datapoints", async () => {
    const status = await statusOf(
      `{ name: a, names: [current, drifted, foreign], agent: true, profile: core }, { name: b, names: [silent], profile: core, agent: { until: "-1h" } },
       { name: c, names: [missing, gone] }, { name: w, names: [win], platform: windows, agent: true, profile: core }`,
      {
        current: "linux-now",
        drifted: "linux-before",
        silent: "linux-now",
        gone: "linux-now",
      },
    );
    expect(
      Object.fromEntries(
        status.map(({ resource, agent, ping }) => [resource.name, `${agent}, ${ping?.status ?? "unknown"}`]),
      ),
    ).toEqual({
      current: "current, online",
      drifted: "drifted, online",
      foreign: "foreign, online",
      silent: "silent, online",
      missing: "missing, unknown",
      gone: "silent, unknown",
      win: "foreign, online",
    });
    // What is over for an hour is still told.
    expect(status.find(({ resource }) => resource.name === "silent")?.lastDatapoint).toBeDefined();
  });

  it("of 1,000 instances takes 26 calls together with listing them", async () => {
    const status = await statusOf("{ name: web, count: 1000, profile: core, agent: true }");
    expect(new Set(status.map(({ agent }) => agent))).toEqual(new Set(["foreign"]));
    const { "sts:GetCallerIdentity": _, "ec2:DescribeInstances": listed = 0, ...made } = world.calls.made();
    // The instances were listed twice here.
    expect(listed).toBe(8);
    expect(made).toEqual({ "ssm:DescribeInstanceInformation": 20, "cloudwatch:GetMetricData": 2 });
  });
});
