import type { AwsSession } from "../aws/session.ts";
import { CONFIGURATION_TAG } from "../model/own-tags.ts";
import { isWatchkeeperError } from "../support/errors.ts";
import type { AgentParameter } from "./agent-parameter.ts";

/** The value that a parameter has now; undefined when there is none. Throws what Systems Manager refuses. */
export async function storedValue(session: AwsSession, name: string): Promise<string | undefined> {
  try {
    const { Parameter } = await session.send("ssm", "GetParameter", { Name: name });
    return Parameter?.Value;
  } catch (error) {
    if (isWatchkeeperError(error) && /^ParameterNotFound/.test(error.code)) return undefined;
    throw error;
  }
}

/**
 * Stores a configuration where it isn't stored as it is. Answers whether it was. A parameter that was advanced once stays so: it
 * can't be made standard again, and asking for that would be refused.
 */
export async function storeParameter(
  session: AwsSession,
  parameter: AgentParameter,
  configuration: string,
): Promise<boolean> {
  const { name, value, tier } = parameter;
  const stored = await storedValue(session, name);
  if (stored === value) return false;
  const put = { Name: name, Value: value, Type: "String" as const };
  // Tags can only be given to a new parameter.
  if (stored === undefined)
    await session.send("ssm", "PutParameter", {
      ...put,
      Tier: tier,
      Tags: [{ Key: CONFIGURATION_TAG, Value: configuration }],
    });
  else
    await session.send("ssm", "PutParameter", {
      ...put,
      Overwrite: true,
      ...(tier === "Advanced" ? { Tier: tier } : {}),
    });
  return true;
}
