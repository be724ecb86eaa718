import type { StepAction, StepKindName } from "../../model/runbook.ts";
import type { OwnStepName } from "../journal.ts";
import type { StepKind } from "../step-kind.ts";
import { check } from "./check.ts";
import { checks } from "./checks.ts";
import { evidence } from "./evidence.ts";
import { markUnhealthy } from "./mark-unhealthy.ts";
import { notify } from "./notify.ts";
import { reboot } from "./reboot.ts";
import { restartService } from "./restart-service.ts";
import { runCommand } from "./run-command.ts";
import { startInstance } from "./start-instance.ts";
import { stopStart } from "./stop-start.ts";
import { waitFor } from "./wait-for.ts";

/** The kinds of steps that runbooks can have, by their name there. */
export const STEP_KINDS = {
  restartService,
  runCommand,
  reboot,
  stopStart,
  startInstance,
  waitFor,
  check,
  notify,
} satisfies { readonly [K in StepKindName]: StepKind<Extract<StepAction, { readonly do: K }>> };

/** Steps that every run has, or that stand in for its ladder. */
const OWN_KINDS = {
  evidence,
  checks,
  recheck: checks,
  markUnhealthy,
} satisfies { readonly [K in OwnStepName]: StepKind };

/** The kind of a step of the journal. The journal gives it the action of that kind. */
export function stepKind(name: StepKindName | OwnStepName): StepKind {
  const kinds: Readonly<Record<string, unknown>> = { ...STEP_KINDS, ...OWN_KINDS };
  return kinds[name] as StepKind;
}
