// What bringing the agent to a fleet may change, and nothing else: for comparing before and after to the last byte.
import { setTimeout as delay } from "node:timers/promises";
import type { Instance } from "../../../src/local/fleet/instance.ts";
import { agentStatus } from "../../../src/local/guest/agent-state.ts";
import { guestOf } from "../../../src/local/guest/guest.ts";
import { directoryOf } from "../../../src/local/identities/directory.ts";
import type { LocalCloud } from "../../../src/local/server.ts";
import { fleetKey } from "../../../src/local/services/ec2/fleet-key.ts";
import { latestOf, parametersKey } from "../../../src/local/services/ssm/parameter-store.ts";
import { ACCOUNT, REGION } from "../../support/ec2-cloud.ts";
import type { Finished } from "./child-process.ts";
import type { Stage } from "./stage.ts";

/** The instances of a stage, by name. */
export function instancesOf({ cloud }: LocalCloud): ReadonlyMap<string, Instance> {
  const instances = [...cloud.state(fleetKey, ACCOUNT, REGION).instances.values()];
  return new Map(instances.map((instance) => [instance.tags.get("Name") ?? instance.id, instance]));
}

/** Roles, profiles, who has which, tags, parameters, and the agents on the machines. */
export function agentWorld({ cloud }: LocalCloud): string {
  const now = cloud.clock.time();
  const directory = directoryOf(cloud, ACCOUNT);
  const instances = [...instancesOf({ cloud } as LocalCloud)].map(([name, instance]) => {
    const { agent } = guestOf(instance);
    const { running, configured } = agentStatus(instance, agent, now);
    return {
      name,
      profiles: instance.profiles
        .filter(({ until }) => until === undefined)
        .map(({ profile }) => profile.name),
      tags: [...instance.tags].sort(),
      agent: { version: agent.version, running, configured, configuration: agent.configuration?.text },
    };
  });
  const roles = directory.roles().map((role) => ({
    name: role.name,
    trust: role.trust,
    attached: [...role.attached].sort(),
    inline: [...role.inline],
    tags: [...role.tags],
  }));
  const profiles = directory
    .profiles()
    .map(({ name, role, tags }) => ({ name, role: role?.name, tags: [...tags] }));
  const parameters = [...cloud.state(parametersKey, ACCOUNT, REGION).values()].map((parameter) => ({
    name: parameter.name,
    value: latestOf(parameter).value,
    tags: [...parameter.tags],
  }));
  return JSON.stringify({ instances, roles, profiles, parameters }, null, 1);
}

/**
 * Runs the shipped program while virtual time flies: it waits for minutes, and nobody else has to. With `until` it gets a signal once
 * that holds.
 */
export async function runFast(
  stage: Stage,
  args: readonly string[],
  until?: () => boolean,
  signal: NodeJS.Signals = "SIGKILL",
): Promise<Finished> {
  const child = stage.begin(args, { timeoutMs: 120_000 });
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const)
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      output[stream] += text;
    });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  let over = false;
  void ended.then(() => {
    over = true;
  });
  while (!over) {
    if (until?.()) break;
    await stage.advance("20s");
    await delay(10);
  }
  if (!over) child.kill(signal);
  return { code: await ended, ...output };
}
