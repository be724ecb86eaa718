import { applyAlarms } from "../alarms/alarm-apply.ts";
import { ALARM_TYPE } from "../alarms/alarm-planner-options.ts";
import { TOPIC_TYPE, TopicPlanner } from "../alarms/topic-planner.ts";
import type { AwsSession } from "../aws/session.ts";
import type { Configuration } from "../model/configuration.ts";
import { isPending } from "../plan/combine.ts";
import type { Change } from "../plan/plan.ts";
import { parsePlanFile } from "../plan/plan-file.ts";
import type { Outcome } from "../plan/planner.ts";
import type { Context } from "../support/context.ts";
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
    return {
      plan,
      regions: [],
      skipped: [],
      apply: async (report) => {
        await Promise.all(
          sessions.map((session) => applyIn(session, changes, configuration, context, report)),
        );
      },
      close: () => open.connection.close(),
    };
  } catch (error) {
    open.connection.close();
    throw error;
  }
}

async function applyIn(
  session: AwsSession,
  changes: readonly Change[],
  configuration: Configuration,
  context: Context,
  report: (outcome: Outcome) => void,
): Promise<void> {
  const of = (type: string): Change[] =>
    changes.filter(
      ({ scope }) =>
        scope.account === session.account && scope.region === session.region && scope.type === type,
    );
  const topics = new TopicPlanner({ session, context, configuration, desired: { alarms: new Map() } });
  await topics.apply(of(TOPIC_TYPE), report);
  await applyAlarms(of(ALARM_TYPE), { session, context, report });
}
