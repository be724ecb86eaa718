// What is said of alarms: in packs and in policies, which select resources and override. This file: policies.
import type { AlarmDefinition, AlarmOverride, AlarmPolicy, Pack } from "../../model/alarm-policy.ts";
import type { Selector } from "../../model/selector.ts";
import { didYouMean } from "../../support/suggest.ts";
import { policySchema } from "../configuration-schema.ts";
import type { Reading } from "../reading.ts";
import type { ConfigRegistries } from "../registries.ts";
import { alarmKey } from "../schema-parts.ts";
import { checkTypes, selectorAt } from "../selector.ts";
import { selectorSchema } from "../selector-schema.ts";
import type { Path } from "../yaml-source.ts";
import { checkDefinition, checkFacts } from "./alarm-checks.ts";
import { definitionFrom, fieldsFrom } from "./alarm-definition.ts";
import {
  checkReferences,
  hasDimensionSource,
  mentionsResource,
  metricMentionsResource,
  typesOfComposite,
} from "./alarm-references.ts";
import { alarmSchema } from "./alarm-schema.ts";

const { shape } = policySchema;
const own = <Value>(table: Readonly<Record<string, Value>>, key: string): Value | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/** All policies, as far as their parts are sound. Names that are given twice are reported with both places. */
export function policiesFrom(reading: Reading, registries: ConfigRegistries): AlarmPolicy[] {
  const first = new Map<string, number>();
  return Array.from({ length: reading.length(["policies"]) }, (_, index) => {
    const policy = policyAt(["policies", index], reading, registries);
    const earlier = first.get(policy.name);
    if (earlier !== undefined && policy.name !== "") {
      const { line, column } = reading.source.position(["policies", earlier, "name"]);
      const message = `two policies are named "${policy.name}"; the first is at ${reading.source.file}:${line}:${column}. Give this one another name`;
      reading.error("duplicate-policy", message, ["policies", index, "name"]);
    }
    if (earlier === undefined) first.set(policy.name, index);
    return policy;
  });
}

function policyAt(path: Path, reading: Reading, registries: ConfigRegistries): AlarmPolicy {
  const name = reading.pick(shape.name, [...path, "name"]) ?? "";
  const knownTypes = Object.keys(registries.resourceTypes);
  const select = selectorAt([...path, "select"], reading, knownTypes);
  checkSelect(path, reading);
  const packName = reading.pick(shape.pack, [...path, "pack"]);
  const pack = packName === undefined ? undefined : own(registries.packs, packName);
  if (packName !== undefined && !pack) {
    const names = Object.keys(registries.packs);
    const guess = didYouMean(packName, names) || ` There are: ${names.join(", ")}`;
    reading.error("unknown-pack", `unknown pack ${JSON.stringify(packName)}.${guess}`, [...path, "pack"]);
  }
  const ownAlarms = ownAlarmsAt(path, select, pack, reading, registries);
  // What there is to say about a pack's alarm concerns the line that asks for the pack: the pack isn't the reader's file.
  const position = reading.source.position([...path, "pack"]);
  const alarms = [...(pack?.alarms ?? []).map((alarm) => ({ ...alarm, position })), ...ownAlarms];
  const hasAlarms = packName !== undefined || reading.raw([...path, "alarms"]) !== undefined;
  if (name !== "" && !hasAlarms)
    reading.error(
      "empty-policy",
      `policy "${name}" has no alarms: give it a pack or alarms of its own`,
      path,
    );
  if (pack && reading.raw([...path, "select"]) === undefined)
    reading.error(
      "missing-key",
      `the alarms of pack "${pack.name}" belong to resources: say which with select`,
      [...path, "pack"],
    );
  const packIsUnknown = packName !== undefined && !pack;
  return {
    name,
    ...(select === undefined ? {} : { select }),
    alarms,
    overrides: overridesAt(path, { name, pack, alarms, packIsUnknown }, reading, registries),
    existing: reading.pick(shape.existing, [...path, "existing"]) ?? "warn",
    merge: reading.pick(shape.merge, [...path, "merge"]) ?? "keep",
    quietStart: reading.pick(shape.quietStart, [...path, "quietStart"]) ?? false,
    includeAutoScalingMembers:
      reading.pick(shape.includeAutoScalingMembers, [...path, "includeAutoScalingMembers"]) ?? false,
    position: reading.source.position([...path, "name"]),
  };
}

function checkSelect(path: Path, reading: Reading): void {
  const written = reading.pick(selectorSchema, [...path, "select"]);
  if (written && Object.values(written).every((part) => part === undefined || isEmpty(part)))
    reading.error(
      "empty-selector",
      "select is empty and would choose every resource there is: say at least { type: ec2.instance }",
      [...path, "select"],
    );
}

function isEmpty(part: unknown): boolean {
  return typeof part === "object" && part !== null && Object.keys(part).length === 0;
}

function ownAlarmsAt(
  path: Path,
  select: Selector | undefined,
  pack: Pack | undefined,
  reading: Reading,
  registries: ConfigRegistries,
): AlarmDefinition[] {
  const knownTypes = Object.keys(registries.resourceTypes);
  const keys = reading.keys([...path, "alarms"]);
  const definitions: AlarmDefinition[] = [];
  for (const key of keys) {
    const place = [...path, "alarms", key];
    if (pack?.alarms.some((alarm) => alarm.key === key)) {
      const message = `alarm "${key}" is in pack "${pack.name}" already: write what differs under overrides, or choose another key`;
      reading.error("duplicate-alarm", message, place, "key");
      continue;
    }
    const input = alarmKey.safeParse(key).success ? reading.pick(alarmSchema, place) : undefined;
    if (input === undefined) continue;
    const definition = definitionFrom(key, input, place, reading, knownTypes);
    checkTypes([...place, "appliesTo"], definition.resourceTypes, reading, knownTypes);
    checkDefinition(definition, place, reading);
    definitions.push(definition);
  }

  const all = new Map([...(pack?.alarms ?? []), ...definitions].map((alarm) => [alarm.key, alarm]));
  const typed: AlarmDefinition[] = [];
  // Composites last: what they apply to follows from their children.
  for (const definition of [...definitions].sort((a, b) => Number(isComposite(a)) - Number(isComposite(b)))) {
    const place = [...path, "alarms", definition.key];
    const resourceTypes = typesFor(definition, select, all, place, reading);
    const complete = { ...definition, resourceTypes };
    all.set(definition.key, complete);
    checkFacts(complete, place, reading, registries.resourceTypes);
    typed.push(complete);
  }
  const knownKeys = [...(pack?.alarms ?? []).map((alarm) => alarm.key), ...keys];
  const name = reading.pick(shape.name, [...path, "name"]) ?? "";
  for (const definition of typed)
    checkReferences(
      definition,
      all,
      knownKeys,
      homeOf({ name, pack }),
      [...path, "alarms", definition.key],
      reading,
    );
  return keys.flatMap((key) => typed.find((definition) => definition.key === key) ?? []);
}

const isComposite = (definition: AlarmDefinition): boolean => definition.alarmRule !== undefined;

/** Which resource types an own alarm is made for: `appliesTo`, or what the policy selects where its metric names `$resource`. */
function typesFor(
  definition: AlarmDefinition,
  select: Selector | undefined,
  alarms: ReadonlyMap<string, AlarmDefinition>,
  path: Path,
  reading: Reading,
): readonly string[] {
  const alarm = `alarm "${definition.key}"`;
  const selected = select?.types;
  const stated = definition.resourceTypes;
  if (stated.length > 0) {
    if (reading.raw([...path.slice(0, 2), "select"]) === undefined)
      reading.error(
        "missing-key",
        `${alarm} belongs to resources: the policy must say which with select`,
        path,
        "key",
      );
    if (selected && !stated.some((type) => selected.includes(type)))
      reading.error(
        "contradictory-alarm",
        `${alarm} applies to ${stated.join(", ")}, but the policy selects ${selected.join(", ")} only`,
        [...path, "appliesTo"],
      );
    if (!isComposite(definition) && !metricMentionsResource(definition))
      reading.error(
        "contradictory-alarm",
        `${alarm} would be the same for every resource: use $resource.id in a dimension, or leave appliesTo out`,
        [...path, "appliesTo"],
      );
    return stated;
  }
  if (isComposite(definition)) {
    const types = typesOfComposite(definition, alarms);
    if (types === undefined)
      reading.error(
        "contradictory-alarm",
        `the alarms in ${alarm} have no resource type in common: a composite of one resource can't join them`,
        [...path, "alarmRule"],
      );
    return types ?? [];
  }
  if (!metricMentionsResource(definition)) {
    if (mentionsResource(definition.name) && !hasDimensionSource(definition))
      reading.error(
        "contradictory-alarm",
        `${alarm} speaks of $resource in its name but in no dimension: every resource would have the same alarm`,
        [...path, "name"],
      );
    return [];
  }
  if (select === undefined) {
    if (reading.raw([...path.slice(0, 2), "select"]) === undefined)
      reading.error(
        "missing-key",
        `${alarm} speaks of $resource: the policy must say which with select`,
        path,
        "key",
      );
    return [];
  }
  if (selected?.length === 1) return selected;
  reading.error(
    "missing-key",
    `${alarm} must say which type it applies to, for example appliesTo: ${selected?.[0] ?? "ec2.instance"}`,
    path,
    "key",
  );
  return [];
}

interface PolicyAlarms {
  readonly name: string;
  readonly pack: Pack | undefined;
  readonly alarms: readonly AlarmDefinition[];
  /** Then nobody knows which alarms there are. */
  readonly packIsUnknown: boolean;
}

/** Where an alarm was looked for, in words: people miss a pack's alarm far more often than one they wrote themselves. */
function homeOf(policy: { readonly name: string; readonly pack: Pack | undefined }): string {
  return policy.pack ? `pack "${policy.pack.name}"` : `policy "${policy.name}"`;
}

function overridesAt(
  path: Path,
  policy: PolicyAlarms,
  reading: Reading,
  registries: ConfigRegistries,
): AlarmOverride[] {
  const knownTypes = Object.keys(registries.resourceTypes);
  const ownKeys = reading.keys([...path, "alarms"]);
  const known = new Map(policy.alarms.map((alarm) => [alarm.key, alarm]));
  return Array.from({ length: reading.length([...path, "overrides"]) }, (_, index) => {
    const place = [...path, "overrides", index];
    const select = selectorAt([...place, "select"], reading, knownTypes) ?? {};
    const alarms: Record<string, AlarmOverride["alarms"][string]> = {};
    for (const key of reading.keys([...place, "alarms"])) {
      const at = [...place, "alarms", key];
      const base = known.get(key);
      if (!base) {
        if (policy.packIsUnknown || ownKeys.includes(key)) continue;
        const candidates = [...known.keys(), ...ownKeys];
        const guess = didYouMean(key, candidates);
        const remedy = guess || (policy.pack ? ` See: watchkeeper packs show ${policy.pack.name}` : "");
        reading.error("unknown-alarm", `unknown alarm "${key}" in ${homeOf(policy)}.${remedy}`, at, "key");
        continue;
      }
      const input = reading.pick(alarmSchema, at);
      if (input === undefined) continue;
      const fields = fieldsFrom(input, at, reading, knownTypes, base);
      const merged = { ...base, ...fields };
      if (fields.resourceTypes) checkTypes([...at, "appliesTo"], fields.resourceTypes, reading, knownTypes);
      checkDefinition(merged, at, reading);
      if (fields.when) checkFacts(merged, at, reading, registries.resourceTypes);
      checkReferences(merged, known, [...known.keys(), ...ownKeys], homeOf(policy), at, reading);
      alarms[key] = fields;
    }
    return { select, alarms };
  });
}
