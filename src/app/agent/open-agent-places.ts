import type { PacedSession } from "../../aws/account-link.ts";
import { listResources } from "../../inventory/list-resources.ts";
import type { InventoryListing } from "../../inventory/resource-type.ts";
import { dnsDirectory } from "../../inventory/route53.ts";
import type { AgentPolicy } from "../../model/agent-policy.ts";
import type { Configuration } from "../../model/configuration.ts";
import type { Context } from "../../support/context.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { type OpenConnection, openConnection, type Reach } from "../open-connection.ts";

/** An account and region with its instances, and the connection it is reached by. */
export interface AgentPlaces {
  readonly policy: AgentPolicy;
  readonly open: OpenConnection;
  readonly places: readonly { readonly session: PacedSession; readonly listing: InventoryListing }[];
}

/** What a configuration says of the agent. Throws when it says nothing. */
export function agentPolicyOf({ agent, file }: Configuration): AgentPolicy {
  if (agent) return agent;
  throw new WatchkeeperError("no-agent", `${file} says nothing about the agent`, {
    remedy: "write agent: with targets, as docs/agent.md shows",
  });
}

/** For the way back, which needs no target: what was done is written on the instances. */
export function withoutTargets({ file }: Configuration): AgentPolicy {
  return {
    install: true,
    version: "latest",
    merge: "keep",
    targets: [],
    profiles: {},
    rollout: {},
    position: { file, line: 1, column: 1 },
  };
}

/** Connects to every account and lists the instances of each region. The caller closes the connection. */
export async function openAgentPlaces(
  configuration: Configuration,
  reach: Reach,
  context: Context,
): Promise<AgentPlaces> {
  const policy = agentPolicyOf(configuration);
  const open = await openConnection(configuration, reach, context);
  const needsDns = policy.targets.some(({ select }) => select.dnsNames !== undefined);
  try {
    const places = await Promise.all(
      open.places.map(async ({ session }) => ({
        session,
        listing: await listResources(session, ["ec2.instance"], context, {
          dns: needsDns ? dnsDirectory(session) : undefined,
        }),
      })),
    );
    return { policy, open, places };
  } catch (error) {
    open.connection.close();
    throw error;
  }
}
