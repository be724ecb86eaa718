import type { AwsSession, OutputOf } from "../aws/session.ts";
import { CONFIGURATION_TAG } from "../model/own-tags.ts";
import { lastAskedHash, PARAMETER_PREFIX } from "./agent-parameter.ts";

/** A parameter as it is. */
export interface StoredParameter {
  readonly name: string;
  readonly value: string;
  readonly type: string;
  readonly modified: Date | undefined;
  /** It carries this configuration's tag. */
  readonly ours: boolean;
  /** Hash of what this configuration last asked for. */
  readonly asked?: string;
}

/** Names that one GetParameters takes. Source: API reference. */
const NAMES_A_CALL = 10;

/**
 * The parameters of these names, by name; those that don't exist are absent. A call for ten values, and one listing where there are
 * any. Rejects when they can't be read.
 */
export async function readParameters(
  session: AwsSession,
  configuration: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, StoredParameter>> {
  const values = await readValues(session, names);
  // Only the listing tells tags and descriptions.
  const own = values.length === 0 ? new Map<string, string>() : await listOwn(session, configuration);
  return new Map(values.map((parameter) => [parameter.Name ?? "", stored(parameter, configuration, own)]));
}

/** All parameters that a configuration made. */
export async function readOwnParameters(
  session: AwsSession,
  configuration: string,
): Promise<readonly StoredParameter[]> {
  const own = await listOwn(session, configuration);
  const values = await readValues(session, [...own.keys()]);
  return values.map((parameter) => stored(parameter, configuration, own));
}

type Value = NonNullable<OutputOf<"ssm", "GetParameters">["Parameters"]>[number];

async function readValues(session: AwsSession, names: readonly string[]): Promise<readonly Value[]> {
  const values: Value[] = [];
  for (let from = 0; from < names.length; from += NAMES_A_CALL) {
    const Names = names.slice(from, from + NAMES_A_CALL);
    values.push(...((await session.send("ssm", "GetParameters", { Names })).Parameters ?? []));
  }
  return values;
}

/** Descriptions of a configuration's parameters, by name. */
async function listOwn(session: AwsSession, configuration: string): Promise<ReadonlyMap<string, string>> {
  const own = new Map<string, string>();
  const ParameterFilters = [
    { Key: "Name", Option: "BeginsWith", Values: [PARAMETER_PREFIX] },
    { Key: `tag:${CONFIGURATION_TAG}`, Option: "Equals", Values: [configuration] },
  ];
  for await (const { Parameters = [] } of session.pages("ssm", "DescribeParameters", { ParameterFilters }))
    for (const { Name = "", Description = "" } of Parameters) own.set(Name, Description);
  return own;
}

function stored(
  { Name = "", Value = "", Type = "String", LastModifiedDate }: Value,
  configuration: string,
  own: ReadonlyMap<string, string>,
): StoredParameter {
  const asked = lastAskedHash(configuration, own.get(Name));
  return {
    name: Name,
    value: Value,
    type: Type,
    modified: LastModifiedDate,
    ours: own.has(Name),
    ...(asked === undefined ? {} : { asked }),
  };
}

/** What a text holds as JSON; the text itself when it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // A person's edit: it differs from every configuration, which is all that is asked here.
    return text;
  }
}
