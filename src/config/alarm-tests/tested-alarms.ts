import { didYouMean } from "../../support/suggest.ts";
import { checkDefinition } from "../alarms/alarm-checks.ts";
import { definitionFrom } from "../alarms/alarm-definition.ts";
import { metricMentionsResource } from "../alarms/alarm-references.ts";
import type { Reading } from "../reading.ts";
import { reportIssues, schemaWording } from "../schema-issues.ts";
import type { Path } from "../yaml-source.ts";
import type { TestedAlarm } from "./alarm-test-file.ts";
import { inlineAlarmSchema, policyAlarmSchema } from "./alarm-test-schema.ts";

/** The alarms under test at a path: those that name a policy, and those written out. */
export function testedAlarmsAt(
  path: Path,
  reading: Reading,
  resources: readonly string[],
  knownTypes: readonly string[],
): TestedAlarm[] {
  const keys = reading.keys(path);
  if (keys.length === 0 && typeof reading.raw(path) === "object" && reading.raw(path) !== null)
    reading.error("missing-key", "a test needs an alarm to test", path, "key");
  return keys.flatMap((key) => alarmAt(key, [...path, key], reading, resources, knownTypes));
}

function alarmAt(
  key: string,
  path: Path,
  reading: Reading,
  resources: readonly string[],
  knownTypes: readonly string[],
): TestedAlarm[] {
  const written = reading.raw(path);
  if (typeof written !== "object" || written === null || Array.isArray(written)) {
    const message = `alarm "${key}" must be { policy: ..., resource: ... } or an alarm written out`;
    reading.error("bad-value", message, path);
    return [];
  }
  const position = reading.position(path);
  if (Object.hasOwn(written, "policy")) {
    const form = policyAlarmSchema.safeParse(written, { error: schemaWording });
    if (form.error) reportIssues(form.error.issues, reading, path);
    if (!form.data) return [];
    const { policy, alarm = key, resource } = form.data;
    const wanted = resource ?? (resources.length === 1 ? resources[0] : undefined);
    if (resource !== undefined && !resources.includes(resource)) {
      const guess = didYouMean(resource, resources) || ` There are: ${resources.join(", ") || "none"}`;
      reading.error("unknown-resource", `this file has no resource "${resource}".${guess}`, [
        ...path,
        "resource",
      ]);
    }
    const dimensions = Object.fromEntries(
      reading
        .keys([...path, "dimensions"])
        .map((name) => [name, reading.text([...path, "dimensions", name])]),
    );
    return [
      {
        kind: "policy",
        key,
        position,
        policy,
        alarm,
        dimensions,
        ...(wanted === undefined ? {} : { resource: wanted }),
      },
    ];
  }
  const form = inlineAlarmSchema.safeParse(written, { error: schemaWording });
  if (form.error) reportIssues(form.error.issues, reading, path);
  if (!form.data) return [];
  const definition = definitionFrom(key, form.data, path, reading, knownTypes);
  checkDefinition(definition, path, reading);
  if (metricMentionsResource(definition) || definition.resourceTypes.length > 0)
    reading.error(
      "contradictory-alarm",
      `alarm "${key}" is written out here, so it belongs to no resource: write its dimensions out, or leave them away`,
      path,
      "key",
    );
  return [{ kind: "inline", key, position, definition }];
}
