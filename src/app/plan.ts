import type { AlarmIntent } from "../alarms/alarm-intent.ts";
import { ALARM_TYPE, type PlannedAlarms } from "../alarms/alarm-planner-options.ts";
import type { SkippedAlarm } from "../alarms/desired/desired-alarm.ts";
import { TopicPlanner } from "../alarms/topic-planner.ts";
import type { PacedSession } from "../aws/account-link.ts";
import { readQuotas } from "../aws/read-quotas.ts";
import type { AwsSession } from "../aws/session.ts";
import { dnsDirectory, type LazyDnsDirectory } from "../inventory/route53.ts";
import type { Configuration } from "../model/configuration.ts";
import { combinePlans, isPending } from "../plan/combine.ts";
import type { PlanNote } from "../plan/plan.ts";
import { NOTHING_PLANNED, type Outcome, type PlannedChanges, type Planner } from "../plan/planner.ts";
import type { Context } from "../support/context.ts";
import { type AgentListener, applyAgent, isAgentChange } from "./agent/apply-agent.ts";
import { planAgent } from "./agent/plan-agent.ts";
import { applyEverywhere } from "./apply-everywhere.ts";
import { keepNeededTopics } from "./apply-in-order.ts";
import { secondsOf } from "./estimate-apply.ts";
import { openConnection, type Reach, regionsNamed } from "./open-connection.ts";
import { ListeningPlan } from "./plan-listening.ts";
import { alarmPlanner, plannedRegion, type RegionReading, readRegion } from "./plan-region.ts";
import type { PlannedRegion, PlanReport } from "./plan-report.ts";
import { planUnreachable } from "./plan-unreachable.ts";

export interface PlanOptions {
  readonly intent?: AlarmIntent | undefined;
  /** Resources that may lose their alarms whatever the limits say. */
  readonly allowDeletes?: number | undefined;
  /** Read the tags of every alarm without a mark, one call each: finds alarms of ours that lost it and that nothing wants. */
  readonly readTags?: boolean | undefined;
  /** Told while apply waits for so many new alarms to settle before their actions are switched on. */
  readonly onSettling?: ((waiting: number) => void) | undefined;
  /** False: the agent is left out. */
  readonly agent?: boolean | undefined;
  readonly onAgent?: AgentListener | undefined;
}

/** A plan, ready to be applied by the connection it was made with. */
export interface PreparedPlan extends PlanReport {
  readonly skipped: readonly SkippedAlarm[];
  /** Applies the plan's changes; `report` hears every outcome once. Topics and what hears them come before the alarms, the agent last. */
  apply(report: (outcome: Outcome) => void): Promise<void>;
  close(): void;
}

/** One account and region while it is planned. */
interface PlannedPlace {
  readonly session: AwsSession;
  readonly planners: readonly Pick<Planner, "types" | "apply">[];
  readonly parts: readonly PlannedChanges[];
  readonly region: PlannedRegion;
  readonly skipped: readonly SkippedAlarm[];
}

/**
 * Compares every account and region of a configuration with what it asks for. Reads only. Places are read side by side; what
 * can't be read whole makes its own scopes incomplete and leaves the others alone.
 */
export async function makePlan(
  configuration: Configuration,
  reach: Reach,
  context: Context,
  options: PlanOptions = {},
): Promise<PreparedPlan> {
  const open = await openConnection(configuration, reach, context);
  try {
    const dnsOf = directories();
    const listening = new ListeningPlan(configuration, open, context, {
      intent: options.intent?.kind,
      isNarrowed: isNarrowed(configuration, reach),
    });
    const places = await Promise.all(
      open.places.map(({ session }) =>
        planPlace(session, configuration, context, { ...options, dns: dnsOf(session), listening }),
      ),
    );
    // Listings that a stop cut short would look like a plan.
    context.signal.throwIfAborted();
    const queue = await listening.planQueue();
    const plan = combinePlans(
      [
        ...places.map((place) => {
          const parts = listening.settled(place.parts, queue);
          return { parts, seconds: secondsOf(parts, place.session) };
        }),
        { parts: [queue], seconds: listening.seconds(queue) },
        ...open.unreachable.map((account) => ({ parts: [planUnreachable(account, ALARM_TYPE)], seconds: 0 })),
      ],
      {
        configuration: { name: configuration.name, hash: configuration.hash },
        createdAt: context.clock.now(),
        callsMade: open.connection.calls.made(),
      },
    );
    const limit = tooExpensive(configuration, plan.cost.after);
    return {
      plan: limit ? { ...plan, notes: [...plan.notes, limit] } : plan,
      regions: [
        ...places.map(({ region }) => region),
        ...listening.otherRegions(
          queue,
          places.map(({ region }) => region),
        ),
      ],
      skipped: places.flatMap(({ skipped }) => skipped),
      apply: async (report) => {
        const pending = plan.changes.filter(isPending);
        const rest = pending.filter((change) => !isAgentChange(change));
        await applyEverywhere(rest, places, listening.queues, report, plan.scopes);
        const sessions = places.map(({ session }) => session);
        const agents = pending.filter(isAgentChange);
        await applyAgent(agents, sessions, configuration, context, options.onAgent, report);
      },
      close: () => open.connection.close(),
    };
  } catch (error) {
    open.connection.close();
    throw error;
  }
}

/** Whether `--region` or `--account` leaves some of the configuration's places out. */
function isNarrowed(
  configuration: Pick<Configuration, "accounts" | "regions">,
  { regions: only = [], accounts = [] }: Reach,
): boolean {
  if (accounts.length > 0) return true;
  return only.length > 0 && regionsNamed(configuration).some((region) => !only.includes(region));
}

async function planPlace(
  session: PacedSession,
  configuration: Configuration,
  context: Context,
  options: PlanOptions & { readonly dns: LazyDnsDirectory; readonly listening: ListeningPlan },
): Promise<PlannedPlace> {
  const { intent, listening } = options;
  const [reading] = await Promise.all([
    readRegion(session, configuration, context, options),
    readQuotas(session, context),
  ]);
  const alarms = alarmPlanner(reading, configuration, context, options);
  const topics = topicPlanner(reading, configuration, context, intent);
  const subscriptions = listening.subscriptionPlanner(session);
  const policy = intent === undefined && options.agent !== false ? configuration.agent : undefined;
  const { name } = configuration;
  const [plannedAlarms, plannedTopics, plannedAgent = []] = await Promise.all([
    alarms.plan(),
    topics?.plan(),
    policy && planAgent({ session, context, configuration: name, policy, listing: reading.listing }),
  ]);
  const neededTopics = plannedTopics && keepNeededTopics(plannedTopics, plannedAlarms);
  const heard =
    neededTopics && (await listening.planSubscriptions(session, subscriptions, neededTopics, plannedAlarms));
  return {
    session,
    planners: [...(topics ? [topics] : []), subscriptions, alarms],
    parts: [
      ...(neededTopics ? [neededTopics] : []),
      ...(heard ? [heard] : []),
      plannedAlarms,
      ...plannedAgent,
      aboutReading(reading),
    ],
    region: plannedRegion(reading, (plannedAlarms as PlannedAlarms).alarms),
    skipped: [...reading.desired.skipped, ...(plannedAlarms as PlannedAlarms).skipped],
  };
}

/** Topics are planned with the alarms as a whole, not with single ones. */
function topicPlanner(
  { session, desired }: RegionReading,
  configuration: Configuration,
  context: Context,
  intent: AlarmIntent | undefined,
): TopicPlanner | undefined {
  const kind = intent?.kind ?? "plan";
  if (kind !== "plan" && kind !== "destroy") return undefined;
  return new TopicPlanner({ session, context, configuration, desired, intent: kind });
}

/** The listings of resources and what there is to say about them, as a part of the plan that changes nothing. */
function aboutReading({ listing, desired, notes }: RegionReading): PlannedChanges {
  const warnings = desired.diagnostics.map(
    ({ code, message, path, line }): PlanNote => ({
      severity: "warning",
      code,
      message: path === undefined ? message : `${path}:${line ?? 1}  ${message}`,
    }),
  );
  return { ...NOTHING_PLANNED, scopes: listing.scopes, notes: [...notes, ...warnings] };
}

function tooExpensive(configuration: Configuration, monthly: number): PlanNote | undefined {
  const limit = configuration.limits.monthlyCost;
  if (limit === undefined || monthly <= limit) return undefined;
  return {
    severity: "error",
    code: "over-monthly-cost",
    message: `alarms would cost $${monthly.toFixed(2)} a month, and limits.monthlyCost is $${limit.toFixed(2)}`,
  };
}

/** One directory of DNS names for each account: Route 53 is global. */
function directories(): (session: AwsSession) => LazyDnsDirectory {
  const known = new Map<string, LazyDnsDirectory>();
  return (session) => {
    const directory = known.get(session.account) ?? dnsDirectory(session);
    known.set(session.account, directory);
    return directory;
  };
}

/** Why a plan must not be applied as it is; undefined when it may. Error notes are about targets that don't exist, or limits. */
export function refusalOf({ plan }: PlanReport): PlanNote | undefined {
  return plan.notes.find(({ code }) => code === "missing-target" || code === "over-monthly-cost");
}
