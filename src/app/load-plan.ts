import { applyAlarms } from "../alarms/alarm-apply.ts";
import { ALARM_TYPE } from "../alarms/alarm-planner-options.ts";
import { TopicPlanner } from "../alarms/topic-planner.ts";
import type { AwsSession } from "../aws/session.ts";
import type { Configuration } from "../model/configuration.ts";
import { isPending } from "../plan/combine.ts";
import { parsePlanFile } from "../plan/plan-file.ts";
import type { Planner } from "../plan/planner.ts";
import type { Context } from "../support/context.ts";
import { WatchkeeperError } from "../support/errors.ts";
import { applyInOrder } from "./apply-in-order.ts";
import { openConnection, type Reach } from "./open-connection.ts";
import { packageVersion } from "./package-files.ts";
import type { PreparedPlan } from "./plan.ts";

/**
 * A plan that was saved, ready to be applied. Refuses one of another configuration, account or version, and one of more than a day ago;
 * each alarm is read again before it is written, so what changed since is refused one by one.
 */
export async function loadPlan(
  text: string,
  configuration: Configuration,
  reach: Reach,
  context: Context,
  onSettling?: (waiting: number) => void,
): Promise<PreparedPlan> {
  const open = await openConnection(configuration, reach, context);
  try {
    const sessions = open.places.map(({ session }) => session);
    const plan = parsePlanFile(text, {
      toolVersion: packageVersion(),
      configuration: { name: configuration.name, hash: configuration.hash },
      accounts: [...new Set(sessions.map(({ account }) => account))],
      now: context.clock.now(),
    });
    const changes = plan.changes.filter(isPending);
    const elsewhere = changes.find(({ scope }) => !sessions.some((session) => isHere(session, scope)));
    if (elsewhere)
      throw new WatchkeeperError(
        "plan-file-region",
        `the plan changes ${elsewhere.scope.account} ${elsewhere.scope.region} too, which isn't reached here`,
        { remedy: "a saved plan is applied whole: leave --region away, or plan again with it" },
      );
    return {
      plan,
      regions: sessions
        .filter((session) => plan.scopes.some((scope) => isHere(session, scope)))
        .map(({ account, accountName, region }) => ({ account, accountName, region, resources: [] })),
      skipped: [],
      apply: async (report) => {
        await Promise.all(
          sessions.map((session) =>
            applyInOrder(
              changes,
              session,
              plannersFor(session, configuration, context, onSettling),
              report,
              plan.scopes,
            ),
          ),
        );
      },
      close: () => open.connection.close(),
    };
  } catch (error) {
    open.connection.close();
    throw error;
  }
}

/** Planners that only apply: everything they need is in the changes. */
function plannersFor(
  session: AwsSession,
  configuration: Configuration,
  context: Context,
  onSettling: ((waiting: number) => void) | undefined,
): readonly Pick<Planner, "types" | "apply">[] {
  return [
    new TopicPlanner({ session, context, configuration, desired: { alarms: new Map() } }),
    {
      types: [ALARM_TYPE],
      apply: (changes, report) => applyAlarms(changes, { session, context, report, onSettling }),
    },
  ];
}

function isHere(
  { account, region }: AwsSession,
  scope: { readonly account: string; readonly region: string },
): boolean {
  return scope.account === account && scope.region === region;
}
