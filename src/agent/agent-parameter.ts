import type { AgentPlatform, AgentProfile } from "../model/agent-policy.ts";
import { canonicalJson, hashOf } from "../support/canonical-json.ts";
import { type AgentConfiguration, buildAgentConfiguration } from "./build-configuration.ts";

/** A configuration as it is stored for instances to fetch. */
export interface AgentParameter {
  readonly name: string;
  readonly profile: string;
  readonly platform: AgentPlatform;
  readonly configuration: AgentConfiguration;
  readonly value: string;
  readonly tier: "Standard" | "Advanced";
  /** Of the configuration: what instances are marked with once they have it. */
  readonly hash: string;
}

/** Names of all our parameters begin with this. */
export const PARAMETER_PREFIX = "AmazonCloudWatch-";
/** Bytes that a parameter holds, by tier. Source: Systems Manager user guide, "Managing parameter tiers". */
const STANDARD = 4096;
export const LARGEST_PARAMETER = 8192;

/** What the agent is to have on a platform: the profile's own file, or what is made from the profile. */
export function configurationOf(profile: AgentProfile, platform: AgentPlatform): AgentConfiguration {
  const own = profile.own?.[platform]?.configuration;
  return own === undefined ? buildAgentConfiguration(profile, platform) : (own as AgentConfiguration);
}

/** Name of the parameter for a configuration's profile on a platform. */
export function parameterName(configuration: string, profile: string, platform: AgentPlatform): string {
  return `${PARAMETER_PREFIX}${configuration}-${profile}-${platform}`;
}

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
  const { profile, platform } = owner;
  return {
    name: parameterName(owner.configuration, profile, platform),
    profile,
    platform,
    configuration,
    value,
    tier: sizeOf(value) <= STANDARD ? "Standard" : "Advanced",
    hash: configurationHash(configuration),
  };
}

/** The hash that a configuration goes by in tags and descriptions. */
export function configurationHash(configuration: unknown): string {
  return hashOf(configuration, 16);
}

/** The same text for the same configuration, as small as can be. */
export function parameterText(configuration: AgentConfiguration): string {
  return canonicalJson(configuration);
}

/** Bytes of a text. */
export function sizeOf(text: string): number {
  return Buffer.byteLength(text);
}

const MARK = /\[wk1 ([a-z0-9._-]+) ([0-9a-f]{16})\]$/;

/** The parameter's description, with the mark that tells what was last asked for; written in one call with the value. */
export function parameterDescription(owner: string, { profile, platform, hash }: AgentParameter): string {
  return `CloudWatch agent on ${platform}, profile ${profile} [wk1 ${owner} ${hash}]`;
}

/** The hash of what a configuration last asked for, from a parameter's description; undefined without its mark. */
export function lastAskedHash(owner: string, description: string | undefined): string | undefined {
  const [, configuration, hash] = MARK.exec(description ?? "") ?? [];
  return configuration === owner ? hash : undefined;
}
