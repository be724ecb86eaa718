import { INSTALL_TYPE } from "../../agent/agent-place.ts";
import type { Configuration } from "../../model/configuration.ts";
import { combinePlans, isPending } from "../../plan/combine.ts";
import { NOTHING_PLANNED } from "../../plan/planner.ts";
import type { Context } from "../../support/context.ts";
import { secondsOf } from "../estimate-apply.ts";
import type { Reach } from "../open-connection.ts";
import type { PreparedPlan } from "../plan.ts";
import { plannedRegion } from "../plan-region.ts";
import { planUnreachable } from "../plan-unreachable.ts";
import { type AgentListener, applyAgent } from "./apply-agent.ts";
import { openAgentPlaces, withoutTargets } from "./open-agent-places.ts";
import { planAgent, planAgentUndo } from "./plan-agent.ts";

/** `undo`: back to what was there before. */
export interface AgentPlanOptions {
  readonly intent?: "plan" | "undo";
  readonly listener?: AgentListener | undefined;
}

/** The agent's part of a plan alone, or the way back. Reads only. */
export async function makeAgentPlan(
  configuration: Configuration,
  reach: Reach,
  context: Context,
  { intent = "plan", listener }: AgentPlanOptions = {},
): Promise<PreparedPlan> {
  const { agent = intent === "undo" ? withoutTargets(configuration) : undefined } = configuration;
  const asked = agent === undefined ? configuration : { ...configuration, agent };
  const { policy, open, places } = await openAgentPlaces(asked, reach, context);
  try {
    const plan = intent === "undo" ? planAgentUndo : planAgent;
    const planned = await Promise.all(
      places.map(async ({ session, listing }) => {
        const parts = await plan({ session, context, configuration: configuration.name, policy, listing });
        const listed = { ...NOTHING_PLANNED, scopes: listing.scopes, notes: listing.notes ?? [] };
        return { parts: [...parts, listed], seconds: secondsOf(parts, session) };
      }),
    );
    // Listings that a stop cut short would look like a plan.
    context.signal.throwIfAborted();
    const combined = combinePlans(
      [
        ...planned,
        ...open.unreachable.map((account) => ({
          parts: [planUnreachable(account, INSTALL_TYPE)],
          seconds: 0,
        })),
      ],
      {
        configuration: { name: configuration.name, hash: configuration.hash },
        createdAt: context.clock.now(),
        callsMade: open.connection.calls.made(),
      },
    );
    const sessions = places.map(({ session }) => session);
    return {
      plan: combined,
      regions: places.map((place) => plannedRegion(place)),
      skipped: [],
      apply: (report) =>
        applyAgent(combined.changes.filter(isPending), sessions, configuration, context, listener, report),
      close: () => open.connection.close(),
    };
  } catch (error) {
    open.connection.close();
    throw error;
  }
}
