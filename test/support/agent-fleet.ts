import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeAgentPlan } from "../../src/app/agent/make-agent-plan.ts";
import { readConfiguration } from "../../src/app/read-configuration.ts";
import { DEFAULT_ACCOUNTS } from "../../src/local/accounts.ts";
import type { Instance } from "../../src/local/fleet/instance.ts";
import type { LocalCloud } from "../../src/local/server.ts";
import { fleetKey } from "../../src/local/services/ec2/fleet-key.ts";
import type { Configuration } from "../../src/model/configuration.ts";
import type { Plan } from "../../src/plan/plan.ts";
import type { Outcome } from "../../src/plan/planner.ts";
import { ACCOUNT, REGION } from "./ec2-cloud.ts";
import { localSession } from "./local-session.ts";
import { scenarioCloud } from "./scenario-cloud.ts";

/** What of a configuration a test is about: what stands under `agent:`. */
export const ALL = "  targets: [{ select: { type: ec2.instance } }]\n";

/** A fleet in a local cloud of this process whose clock jumps over every wait. */
export interface AgentFleet {
  readonly local: LocalCloud;
  readonly instance: (name: string) => Instance;
  /** Plans with what is under `agent:`, without that key when it is empty; `intent` undo for the way back. */
  readonly plan: (agent?: string, intent?: "plan" | "undo") => Promise<Plan>;
  /** Plans and applies; answers `applied web-1`, or what was wrong. */
  readonly apply: (agent?: string, intent?: "plan" | "undo") => Promise<readonly Outcome[]>;
  /** Stops what runs, as Ctrl-C does. */
  readonly stop: () => void;
  readonly configuration: (agent?: string) => Configuration;
  readonly close: () => void;
}

/** Opens one from the groups of a scenario. */
export async function agentFleet(groups: string): Promise<AgentFleet> {
  const local = scenarioCloud(`{ version: 1, groups: [${groups}] }`);
  const { context, stop } = await localSession(local);
  const { accessKeyId, secretAccessKey } = DEFAULT_ACCOUNTS[0] as (typeof DEFAULT_ACCOUNTS)[number];
  const env = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: REGION };
  const folder = mkdtempSync(join(tmpdir(), "watchkeeper-agent-"));
  const configuration = (agent = ALL): Configuration => {
    writeFileSync(
      join(folder, "watchkeeper.yaml"),
      `version: 1\nname: web-team\nregions: [${REGION}]\npolicies: []\n${agent === "" ? "" : `agent:\n${agent}`}`,
    );
    return readConfiguration("watchkeeper.yaml", folder).configuration;
  };
  const prepare = (agent: string | undefined, intent: "plan" | "undo" | undefined) =>
    makeAgentPlan(
      configuration(agent),
      { env, requestHandler: local.requestHandler() },
      context,
      intent === undefined ? {} : { intent },
    );
  return {
    local,
    stop,
    configuration,
    instance(name) {
      const all = [...local.cloud.state(fleetKey, ACCOUNT, REGION).instances.values()];
      const found = all.find(({ tags }) => tags.get("Name") === name);
      if (!found) throw new Error(`there is no ${name}`);
      return found;
    },
    async plan(agent, intent) {
      const prepared = await prepare(agent, intent);
      prepared.close();
      return prepared.plan;
    },
    async apply(agent, intent) {
      const prepared = await prepare(agent, intent);
      const outcomes: Outcome[] = [];
      try {
        await prepared.apply((outcome) => outcomes.push(outcome));
      } finally {
        prepared.close();
      }
      return outcomes;
    },
    close() {
      local.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** `create web-1: no-agent`, of one of the agent's types. */
export function told({ changes }: Pick<Plan, "changes">, type: string): readonly string[] {
  return changes
    .filter(({ scope }) => scope.type === `agent.${type}`)
    .map(({ action, label, name, reason }) => `${action} ${label ?? name}: ${reason.code}`)
    .sort();
}

/** `applied`, `failed AccessDenied`, `waiting not-registered`, each once for what is of this type. */
export function ends(outcomes: readonly Outcome[], type: string): readonly string[] {
  return outcomes
    .filter(({ address }) => address.includes(`/agent.${type}/`))
    .map(({ status, error, reason }) => [status, error?.code ?? reason?.code ?? ""].join(" ").trim())
    .sort();
}
