import { runCheck } from "../../checks/run-check.ts";
import type { Configuration } from "../../model/configuration.ts";
import type { RemediationPolicy } from "../../model/runbook.ts";
import type { RepairDeps } from "../../remediation/advance.ts";
import type { Store } from "../../state/store.ts";
import type { Context } from "../../support/context.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { AwsAccess } from "../notify/aws-access.ts";
import type { NotifyPlace } from "../notify/open-notifier.ts";
import { isGone, ownerOfThisProcess } from "../notify/process-owner.ts";
import { type OpenState, openStateFor, type StateUse } from "../notify/state-file.ts";

/** What repairs asked for by hand work with, over a state for one command. */
export interface OpenRepairs extends Pick<OpenState, "file" | "isThere"> {
  readonly configuration: Configuration;
  readonly policy: RemediationPolicy;
  readonly aws: AwsAccess;
  readonly deps: RepairDeps;
  close(): Promise<void>;
}

/** What `remediation:` says. Fails with `no-remediation` when it isn't there. */
export function remediationPolicy(configuration: Configuration): RemediationPolicy {
  if (configuration.remediation) return configuration.remediation;
  throw new WatchkeeperError(
    "no-remediation",
    `${configuration.file} has no remediation:, so nothing may be repaired`,
    { remedy: "docs/remediation.md shows how to write it" },
  );
}

/** What taking runs further needs, over a store and a way to AWS. */
export function repairDeps(store: Store, aws: Pick<AwsAccess, "session">, context: Context): RepairDeps {
  return {
    store,
    context,
    owner: `${ownerOfThisProcess(context.clock.now().getTime())}/repairs`,
    isGone,
    session: (account, region) => aws.session(region, account),
    check: (spec) => runCheck(spec, context),
  };
}

/** Opens the state, for a use, and the way to AWS; nothing is asked of AWS yet. Fails with `no-remediation` and as `openStateFor` does. */
export async function openRepairs(place: NotifyPlace, use: StateUse, context: Context): Promise<OpenRepairs> {
  const { configuration, reach, cwd, state } = place;
  const policy = remediationPolicy(configuration);
  const { store, file, isThere } = await openStateFor(use, { configuration, state, cwd, env: reach.env });
  const aws = new AwsAccess(configuration, reach, context);
  return {
    configuration,
    policy,
    file,
    isThere,
    aws,
    deps: repairDeps(store, aws, context),
    close: async () => {
      await aws.close();
      await store.close();
    },
  };
}
