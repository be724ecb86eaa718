import { AGENT_TYPES, INSTALL_TYPE, PARAMETER_TYPE, ROLE_TYPE } from "../../agent/agent-place.ts";
import { type AgentEvent, applyInstalls } from "../../agent/apply-installs.ts";
import type { Installation, InstallStep } from "../../agent/install-change.ts";
import { applyParameters } from "../../agent/parameter-planner.ts";
import { instanceName } from "../../agent/planner-parts.ts";
import type { RoleStep } from "../../agent/role-change.ts";
import { RolePlanner } from "../../agent/role-planner.ts";
import { takeBack } from "../../agent/take-back.ts";
import type { AwsSession } from "../../aws/session.ts";
import type { Configuration } from "../../model/configuration.ts";
import type { Change } from "../../plan/plan.ts";
import type { Outcome } from "../../plan/planner.ts";
import type { Context } from "../../support/context.ts";

/** Told what a rollout is at, and where. */
export type AgentListener = (
  event: AgentEvent,
  place: { readonly account: string; readonly region: string },
) => void;

/** Whether a change belongs to the agent. */
export function isAgentChange({ scope }: Pick<Change, "scope">): boolean {
  return AGENT_TYPES.includes(scope.type);
}

/**
 * Applies the agent's changes of every account and region, these side by side. Everything that is needed is in the changes, so that
 * saved plans are applied alike. `report` hears every outcome once.
 */
export async function applyAgent(
  changes: readonly Change[],
  sessions: readonly AwsSession[],
  configuration: Configuration,
  context: Context,
  listener: AgentListener | undefined,
  report: (outcome: Outcome) => void,
): Promise<void> {
  await Promise.all(
    sessions.map(async (session) => {
      const here = changes.filter(
        ({ scope }) => scope.account === session.account && scope.region === session.region,
      );
      if (here.length === 0) return;
      const tell = (event: AgentEvent): void => listener?.(event, session);
      await applyHere(here, { session, configuration, context, tell }, report);
    }),
  );
}

interface Here {
  readonly session: AwsSession;
  readonly configuration: Configuration;
  readonly context: Context;
  readonly tell: (event: AgentEvent) => void;
}

/** Roles, then parameters, then agents; undoing goes the other way round. What needs something that failed isn't tried. */
async function applyHere(
  changes: readonly Change[],
  { session, configuration: { name, agent }, context, tell }: Here,
  report: (outcome: Outcome) => void,
): Promise<void> {
  const ended = new Map<string, Outcome>();
  const listen = (outcome: Outcome): void => {
    ended.set(outcome.address, outcome);
    report(outcome);
  };
  const of = (type: string): readonly Change[] => changes.filter(({ scope }) => scope.type === type);
  const installs = of(INSTALL_TYPE).filter(({ after }) => (after as InstallStep).do === "install");
  const undone = of(INSTALL_TYPE).filter((change) => !installs.includes(change));
  const parameters = of(PARAMETER_TYPE);
  const apply = { session, context, configuration: name, rollout: agent?.rollout ?? {}, tell };
  /** Reports those that something broken stands in the way of; answers the others. */
  const possible = (wanted: readonly Change[], brokenFor: (change: Change) => Change | undefined) =>
    wanted.filter((change) => {
      const cause = brokenFor(change);
      if (cause) listen(notTried(change, cause, ended.get(cause.address)));
      return cause === undefined;
    });
  const brokenIn = (done: readonly Change[]): readonly Change[] =>
    done.filter(({ address }) => ended.get(address)?.status !== "applied");

  if (undone.length > 0) await takeBack(undone, apply, listen);
  const stuck = brokenIn(undone);
  const roles = possible(of(ROLE_TYPE), (change) => stuck.find((one) => needsRole(one, change)));
  const deletions = parameters.filter(({ action }) => action === "delete");
  const stores = parameters.filter((change) => !deletions.includes(change));
  await applyParameters(
    possible(deletions, () => stuck[0]),
    apply,
    listen,
  );
  await new RolePlanner({
    session,
    context,
    configuration: name,
    instances: [],
    all: [],
    inventory: { account: session.account, region: session.region, type: "ec2.instance", complete: true },
  }).apply(roles, listen);
  await applyParameters(stores, apply, listen);
  if (installs.length === 0) return;
  const brokenRoles = brokenIn(roles);
  const brokenStores = brokenIn(stores);
  const going = possible(installs, (change) => {
    const step = change.after as Installation;
    return (
      brokenStores.find((store) => store.name === step.parameter) ??
      (step.waits ? brokenRoles.find((role) => instancesOf(role).includes(step.instance)) : undefined)
    );
  });
  await applyInstalls(going, apply, listen);
}

/** Whether a change to a role must wait for an agent that could not be taken back: it is what Systems Manager reaches that by. */
function needsRole({ after }: Change, role: Change): boolean {
  const { instance } = after as InstallStep;
  const step = role.after as RoleStep;
  // The role itself goes last, and so do the tags.
  return step.do === "remove" || step.do === "forget" || instancesOf(role).includes(instance);
}

function instancesOf({ after }: Change): readonly string[] {
  const step = after as RoleStep;
  if ("tags" in step) return Object.keys(step.tags);
  if ("instances" in step) return step.instances;
  return "instance" in step ? [step.instance] : [];
}

function notTried(change: Change, cause: Change, outcome: Outcome | undefined): Outcome {
  const { address, scope } = change;
  const name = scope.type === INSTALL_TYPE ? instanceName(change) : change.name;
  if (outcome?.status === "pending" || outcome?.status === "waiting") {
    const text = `not tried: ${causeName(cause)} comes first`;
    return { address, name, status: outcome.status, reason: { code: "not-tried", text } };
  }
  const message = `not tried, because ${causeName(cause)} ${outcome?.status ?? "failed"} before it`;
  return { address, name, status: "failed", error: { code: "not-tried", message } };
}

/** What people call a change that another one needs: a role may bear its instance's name. */
function causeName({ scope, label, name }: Change): string {
  if (scope.type === ROLE_TYPE) return "its role";
  return scope.type === PARAMETER_TYPE ? `parameter ${name}` : `the agent of ${label ?? name}`;
}
