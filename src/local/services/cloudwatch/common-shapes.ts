import type { ActionConfiguration, Dimension, Tag } from "@aws-sdk/client-cloudwatch";
import type { Constraints } from "./constraints.ts";
import { validationError } from "./errors.ts";

/** At most so many tags on one alarm. */
export const MAX_TAGS = 50;

/** Codes below 32 and 127: refused in names. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
export const CONTROL_CHARACTERS = /[\x00-\x1f\x7f]/;

export function constrainDimensions(
  constraints: Constraints,
  path: string,
  dimensions: readonly Dimension[] | undefined,
): void {
  constraints.length(path, dimensions, 0, 30);
  dimensions?.forEach(({ Name, Value }, i) => {
    const member = `${path}.${i + 1}.member`;
    constraints
      .required(`${member}.name`, Name)
      .length(`${member}.name`, Name, 1, 255)
      .required(`${member}.value`, Value)
      .length(`${member}.value`, Value, 1, 1024);
  });
}

/** The first dimension name that appears twice. */
export function duplicateDimension(dimensions: readonly Dimension[] | undefined): string | undefined {
  const seen = new Set<string>();
  for (const { Name = "" } of dimensions ?? []) {
    if (seen.has(Name)) return Name;
    seen.add(Name);
  }
  return undefined;
}

export function constrainTags(
  constraints: Constraints,
  path: string,
  tags: readonly Tag[] | undefined,
): void {
  tags?.forEach(({ Key, Value }, i) => {
    const member = `${path}.${i + 1}.member`;
    constraints
      .required(`${member}.key`, Key)
      .length(`${member}.key`, Key, 1, 128)
      .required(`${member}.value`, Value)
      .length(`${member}.value`, Value, 0, 256);
  });
}

export function constrainActionConfiguration(
  constraints: Constraints,
  configuration: ActionConfiguration | undefined,
): void {
  const propagation = configuration?.AlarmTagsPropagation;
  if (!propagation) return;
  const path = "actionConfiguration.alarmTagsPropagation";
  constraints.required(`${path}.enabled`, propagation.Enabled);
  for (const [name, keys] of [
    ["includedTagKeys", propagation.IncludedTagKeys],
    ["excludedTagKeys", propagation.ExcludedTagKeys],
  ] as const) {
    constraints.length(`${path}.${name}`, keys, 1, 50);
    keys?.forEach((key, i) => {
      constraints.length(`${path}.${name}.${i + 1}.member`, key, 1, 128);
    });
  }
}

/** Refuses tag selections that name keys to include and keys to exclude. */
export function checkActionConfiguration(configuration: ActionConfiguration | undefined): void {
  const propagation = configuration?.AlarmTagsPropagation;
  if (propagation?.IncludedTagKeys && propagation.ExcludedTagKeys)
    throw validationError("IncludedTagKeys and ExcludedTagKeys cannot both be set");
}

/** Refuses tags of one request that AWS refuses: too many, one key twice, keys that belong to AWS. */
export function checkTags(tags: readonly Tag[] | undefined, refuse: (message: string) => Error): void {
  if (!tags) return;
  if (tags.length > MAX_TAGS)
    throw refuse(`The number of tags ${tags.length} exceeds the limit of ${MAX_TAGS}.`);
  const keys = new Set<string>();
  for (const { Key = "" } of tags) {
    if (/^aws:/i.test(Key)) throw refuse(`The tag key ${Key} is reserved: keys must not begin with aws:`);
    if (keys.has(Key)) throw refuse(`The tag key ${Key} is given more than once.`);
    keys.add(Key);
  }
}

/** The object without members that are undefined: what wasn't given stays absent. */
export function given<T extends object>(members: T): T {
  if (!Object.values(members).includes(undefined)) return members;
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as T;
}

/** The same for the same dimensions, in whatever order. */
export function dimensionKey(dimensions: readonly Dimension[] | undefined): string {
  return JSON.stringify((dimensions ?? []).map(({ Name, Value }) => [Name, Value]).sort());
}
