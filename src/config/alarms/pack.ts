import type { AlarmDefinition, Pack } from "../../model/alarm-policy.ts";
import { type Diagnostic, hasErrors } from "../../support/diagnostic.ts";
import { packSchema } from "../configuration-schema.ts";
import { readingOf } from "../reading.ts";
import type { ConfigRegistries } from "../registries.ts";
import { reporterFor, reportIssues, schemaWording } from "../schema-issues.ts";
import { checkTypes } from "../selector.ts";
import { readYaml } from "../yaml-source.ts";
import { checkDefinition, checkFacts } from "./alarm-checks.ts";
import { definitionFrom } from "./alarm-definition.ts";
import { checkReferences, metricMentionsResource } from "./alarm-references.ts";
import { alarmSchema } from "./alarm-schema.ts";

/** A pack where there are no errors, and everything there is to say about the file. */
export interface ParsedPack {
  readonly pack?: Pack;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a pack: a set of alarms, each of them for the resource types in its `appliesTo`. */
export function parsePack(
  content: string | Uint8Array,
  file: string,
  resourceTypes: ConfigRegistries["resourceTypes"],
): ParsedPack {
  const source = readYaml(content, file);
  const reporter = reporterFor(source);
  if (hasErrors(reporter.diagnostics)) return { diagnostics: reporter.diagnostics };
  const reading = readingOf(reporter);
  const form = packSchema.safeParse(source.value, { error: schemaWording });
  if (form.error) reportIssues(form.error.issues, reporter);

  const knownTypes = Object.keys(resourceTypes);
  const keys = reading.keys(["alarms"]);
  const alarms: AlarmDefinition[] = [];
  for (const key of keys) {
    const path = ["alarms", key];
    const input = reading.pick(alarmSchema, path);
    if (input === undefined) continue;
    const definition = definitionFrom(key, input, path, reading, knownTypes);
    if (definition.resourceTypes.length === 0)
      reading.error("missing-key", `alarm "${key}" must say which resource types it appliesTo`, path, "key");
    else if (definition.alarmRule === undefined && !metricMentionsResource(definition))
      reading.error(
        "contradictory-alarm",
        `alarm "${key}" would be the same for every resource: use $resource.id in a dimension`,
        path,
        "key",
      );
    checkTypes([...path, "appliesTo"], definition.resourceTypes, reading, knownTypes);
    checkDefinition(definition, path, reading);
    checkFacts(definition, path, reading, resourceTypes);
    alarms.push(definition);
  }
  const byKey = new Map(alarms.map((alarm) => [alarm.key, alarm]));
  for (const alarm of alarms)
    checkReferences(alarm, byKey, keys, "this pack", ["alarms", alarm.key], reading);
  if (hasErrors(reporter.diagnostics) || !form.data) return { diagnostics: reporter.diagnostics };
  return {
    pack: { name: form.data.pack, description: form.data.description, alarms },
    diagnostics: reporter.diagnostics,
  };
}
