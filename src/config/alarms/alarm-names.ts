import type { AlarmDefinition, AlarmPolicy, DimensionValue } from "../../model/alarm-policy.ts";
import type { Reading } from "../reading.ts";
import { hasDimensionSource } from "./alarm-references.ts";

/**
 * Reports alarms that would have one name for certain. Names that only meet because two policies select the same resource
 * are seen when the resources are known.
 */
export function checkNames(policies: readonly AlarmPolicy[], reading: Reading): void {
  const statics = new Map<string, AlarmDefinition>();
  for (const [index, policy] of policies.entries()) {
    const templates = new Map<string, AlarmDefinition[]>();
    for (const alarm of policy.alarms) {
      if (!alarm.enabled) continue;
      const perResource = alarm.resourceTypes.length > 0;
      const name = alarm.name ?? (perResource ? `${alarm.key}-$resource.id` : alarm.key);
      const others = templates.get(name) ?? [];
      const twin = perResource
        ? others.find((other) => neverApart(alarm, other))
        : hasOneName(alarm)
          ? statics.get(name)
          : undefined;
      if (twin) tell(alarm, twin, name, ["policies", index, "alarms", alarm.key, "name"], reading);
      if (perResource) templates.set(name, [...others, alarm]);
      else if (hasOneName(alarm) && !twin) statics.set(name, alarm);
    }
  }
}

/** Whether some resource may get both: a type in common and no facts that could tell them apart. */
function neverApart(one: AlarmDefinition, other: AlarmDefinition): boolean {
  const together = one.resourceTypes.some((type) => other.resourceTypes.includes(type));
  return together && Object.keys(one.when).length === 0 && Object.keys(other.when).length === 0;
}

/** Several dimension values make several alarms, whose names tell them apart. */
function hasOneName(alarm: AlarmDefinition): boolean {
  const isList = (value: DimensionValue): boolean => typeof value === "object" && "length" in value;
  const all = [alarm, ...(alarm.metrics ?? [])].flatMap(({ dimensions }) => Object.values(dimensions ?? {}));
  return !all.some(isList) && !hasDimensionSource(alarm) && alarm.series === undefined;
}

function tell(
  alarm: AlarmDefinition,
  twin: AlarmDefinition,
  name: string,
  path: readonly (string | number)[],
  reading: Reading,
): void {
  const at = twin.position;
  const where = at ? ` (${at.file}:${at.line}:${at.column})` : "";
  reading.error(
    "duplicate-alarm-name",
    `alarms "${alarm.key}" and "${twin.key}"${where} would both be named "${name}": give this one another name`,
    path,
  );
}
