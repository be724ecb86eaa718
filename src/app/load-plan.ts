import { ALARM_TYPE } from "../alarms/alarm-planner-options.ts";
import { applyAlarms } from "../alarms/apply/alarm-apply.ts";
import { QUEUE_TYPE } from "../alarms/listening/queue-state.ts";
import { TopicPlanner } from "../alarms/topic-planner.ts";
import type { AwsSession } from "../aws/session.ts";
import type { Configuration } from "../model/configuration.ts";
import { isPending } from "../plan/combine.ts";
import { parsePlanFile } from "../plan/plan-file.ts";
import type { Planner } from "../plan/planner.ts";
import type { Context } from "../support/context.ts";
import { WatchkeeperError } from "../support/errors.ts";
import { type AgentListener, applyAgent, isAgentChange } from "./agent/apply-agent.ts";
import { applyEverywhere } from "./apply-everywhere.ts";
import { openConnection, type Reach } from "./open-connection.ts";
import { packageVersion } from "./package-files.ts";
import type { PreparedPlan } from "./plan.ts";
import { ListeningPlan } from "./plan-listening.ts";
import type { PlannedRegion } from "./plan-report.ts";

/**
 * A plan that was saved, ready to be applied. Refuses one of another configuration, account or version, and one of more than a day ago;
 * each alarm is read again before it is written, so what changed since is refused one by one.
 */
export async function loadPlan(
  text: string,
  configuration: Configuration,
  reach: Reach,
  context: Context,
  told: { readonly onSettling?: (waiting: number) => void; readonly onAgent?: AgentListener } = {},
): Promise<PreparedPlan> {
  const { onSettling, onAgent } = told;
  const open = await openConnection(configuration, reach, context);
  try {
    const sessions = open.places.map(({ session }) => session);
    const listening = new ListeningPlan(configuration, open, context);
    const plan = parsePlanFile(text, {
      toolVersion: packageVersion(),
      configuration: { name: configuration.name, hash: configuration.hash },
      accounts: [...new Set(sessions.map(({ account }) => account))],
      now: context.clock.now(),
    });
    const changes = plan.changes.filter(isPending);
    // The queue may be in a region that has no alarms.
    const elsewhere = changes.find(
      ({ scope }) => scope.type !== QUEUE_TYPE && !sessions.some((session) => isHere(session, scope)),
    );
    if (elsewhere)
      throw new WatchkeeperError(
        "plan-file-region",
        `the plan changes ${elsewhere.scope.account} ${elsewhere.scope.region} too, which isn't reached here`,
        { remedy: "a saved plan is applied whole: leave --region away, or plan again with it" },
      );
    const regions: PlannedRegion[] = sessions
      .filter((session) => plan.scopes.some((scope) => isHere(session, scope)))
      .map(({ account, accountName, region }) => ({ account, accountName, region, resources: [] }));
    return {
      plan,
      regions: [...regions, ...listening.otherRegions(plan, regions)],
      skipped: [],
      apply: async (report) => {
        await applyEverywhere(
          changes.filter((change) => !isAgentChange(change)),
          sessions.map((session) => ({
            session,
            planners: plannersFor(session, listening, configuration, context, onSettling),
          })),
          listening.queues,
          report,
          plan.scopes,
        );
        const agents = changes.filter(isAgentChange);
        await applyAgent(agents, sessions, configuration, context, onAgent, report);
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
  listening: ListeningPlan,
  configuration: Configuration,
  context: Context,
  onSettling: ((waiting: number) => void) | undefined,
): readonly Pick<Planner, "types" | "apply">[] {
  return [
    new TopicPlanner({ session, context, configuration, desired: { alarms: new Map() } }),
    listening.subscriptionPlanner(session),
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
