import type { AgentPlatform } from "../model/agent-policy.ts";
import { canonicalJson, hashOf } from "../support/canonical-json.ts";
import type { AgentConfiguration } from "./build-configuration.ts";

/** A configuration as it is stored for instances to fetch. */
export interface AgentParameter {
  readonly name: string;
  readonly value: string;
  readonly tier: "Standard" | "Advanced";
  /** Of the value: what instances are marked with once they have it. */
  readonly hash: string;
}

/** Bytes that a parameter holds, by tier. Source: Systems Manager user guide, "Managing parameter tiers". */
const STANDARD = 4096;
export const LARGEST_PARAMETER = 8192;

/**
 * The parameter for a configuration's profile on a platform. AWS's managed policy CloudWatchAgentServerPolicy lets the agent read
 * only parameters whose names begin with `AmazonCloudWatch-`. Advanced ones cost $0.05 a month and never become standard again,
 * so only what doesn't fit is one.
 */
export function agentParameter(
  owner: { readonly configuration: string; readonly profile: string; readonly platform: AgentPlatform },
  configuration: AgentConfiguration,
): AgentParameter {
  const value = parameterText(configuration);
  return {
    name: `AmazonCloudWatch-${owner.configuration}-${owner.profile}-${owner.platform}`,
    value,
    tier: sizeOf(value) <= STANDARD ? "Standard" : "Advanced",
    hash: hashOf(configuration, 16),
  };
}

/** The same text for the same configuration, as small as can be. */
export function parameterText(configuration: AgentConfiguration): string {
  return canonicalJson(configuration);
}

/** Bytes of a text. */
export function sizeOf(text: string): number {
  return Buffer.byteLength(text);
}
