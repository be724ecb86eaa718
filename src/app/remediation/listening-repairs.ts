import type { Configuration } from "../../model/configuration.ts";
import type { RemediationRun } from "../../model/remediation-run.ts";
import { TargetGroupCache } from "../../remediation/target-groups.ts";
import type { Context } from "../../support/context.ts";
import type { OpenNotifier } from "../notify/open-notifier.ts";
import { isGone } from "../notify/process-owner.ts";
import { repairDeps } from "./open-repairs.ts";
import { Repairs } from "./repairs.ts";
import { RunTeller } from "./run-teller.ts";

/** The repairs of a process that listens for alarms: one state and one way to AWS with its notifier. Undefined where the configuration has none. */
export function listeningRepairs(
  configuration: Configuration,
  open: Pick<OpenNotifier, "store" | "aws" | "knowledge" | "policy" | "delivery">,
  context: Context,
  onRun: (run: RemediationRun) => void,
): Repairs | undefined {
  const policy = configuration.remediation;
  if (!policy) return undefined;
  const { store, aws, knowledge, delivery } = open;
  const deps = repairDeps(store, aws, context);
  return new Repairs({
    ...deps,
    configuration,
    policy,
    knowledge,
    targetGroups: new TargetGroupCache(),
    teller: new RunTeller({
      store,
      policy: open.policy,
      knowledge,
      context,
      isGone,
      onMessages: (messages) => delivery.deliver(messages),
    }),
    onRun,
  });
}
