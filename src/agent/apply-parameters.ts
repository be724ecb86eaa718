import type { AwsSession } from "../aws/session.ts";
import { CONFIGURATION_TAG } from "../model/own-tags.ts";
import type { Change } from "../plan/plan.ts";
import type { Outcome } from "../plan/planner.ts";
import { isWatchkeeperError } from "../support/errors.ts";
import type { ParameterState, ParameterStep } from "./decide-parameters.ts";

/** Does one step. Answers why it was refused when the parameter isn't as the plan saw it. Each may be done again. */
export async function applyParameterStep(
  session: AwsSession,
  configuration: string,
  { before, after }: Change,
): Promise<Outcome["error"]> {
  const step = after as ParameterStep;
  const planned = before as ParameterState | undefined;
  const now = await storedValue(session, step.name);
  if (step.do === "delete") {
    if (now === undefined) return undefined;
    if (now !== planned?.value) return STALE;
    await session.send("ssm", "DeleteParameter", { Name: step.name });
    return undefined;
  }
  const { name, value, tier, description } = step;
  // Somebody with the same configuration was quicker: storing it again brings the description along.
  if (now !== planned?.value && now !== value) return STALE;
  const put = { Name: name, Value: value, Type: "String" as const, Description: description };
  if (now !== undefined) {
    // A parameter that was advanced once stays so: asking for standard would be refused.
    const Tier = tier === "Advanced" ? { Tier: tier } : {};
    await session.send("ssm", "PutParameter", { ...put, ...Tier, Overwrite: true });
    return undefined;
  }
  // Tags can only be given to a new parameter.
  const Tags = [{ Key: CONFIGURATION_TAG, Value: configuration }];
  try {
    await session.send("ssm", "PutParameter", { ...put, Tier: tier, Tags });
  } catch (error) {
    if (!isWatchkeeperError(error) || !/^ParameterAlreadyExists/.test(error.code)) throw error;
    if ((await storedValue(session, name)) !== value) return STALE;
  }
  return undefined;
}

const STALE = {
  code: "stale",
  message: "the parameter is no longer as the plan saw it",
  remedy: "plan again",
};

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
