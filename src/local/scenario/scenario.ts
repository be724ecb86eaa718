// Scenarios: what the local cloud holds when it starts, written in YAML. `scenario.ts` reads them; `apply.ts` makes them true.
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import {
  labelOf,
  type Reporter,
  reporterFor,
  reportIssues,
  schemaWording,
} from "../../config/schema-issues.ts";
import { readYaml } from "../../config/yaml-source.ts";
import { type Diagnostic, hasErrors } from "../../support/diagnostic.ts";
import { messageOf } from "../../support/errors.ts";
import { DEFAULT_ACCOUNTS, type LocalAccount } from "../accounts.ts";
import { type FaultSettings, parseFaults } from "../fault-settings.ts";
import type { Reading } from "../metrics/generators.ts";
import { groupFrom, recordingsOf, type ScenarioGroup } from "./groups.ts";
import type { Place } from "./place.ts";
import { accountsFrom, placeReader } from "./places.ts";
import { parseRecording } from "./recording.ts";
import { SCENARIO_VERSION, type ScenarioForm, scenarioSchema } from "./schema.ts";

/** A queue that is there from the start. */
interface ScenarioQueue extends Place {
  readonly name: string;
}

/** A topic that is there from the start, with the names of queues in the same place that subscribe to it. */
interface ScenarioTopic extends Place {
  readonly name: string;
  readonly queues: readonly string[];
}

/** A hosted zone with its records. */
interface ScenarioZone {
  readonly account: string;
  readonly name: string;
  readonly privateZone: boolean;
  readonly records: readonly {
    readonly name: string;
    readonly type: "A" | "CNAME";
    readonly ttl: number;
    readonly values: readonly string[];
  }[];
}

/** A scenario as it was read. */
export interface Scenario {
  readonly seed: number;
  /** When its virtual clock starts; undefined: now. */
  readonly start: Date | undefined;
  readonly accounts: readonly LocalAccount[];
  readonly faults: FaultSettings;
  readonly groups: readonly ScenarioGroup[];
  readonly queues: readonly ScenarioQueue[];
  readonly topics: readonly ScenarioTopic[];
  readonly zones: readonly ScenarioZone[];
  /** Recorded data by the file's name as the scenario writes it. */
  readonly recordings: ReadonlyMap<string, readonly Reading[]>;
}

/** A scenario where there are no errors, and everything there is to say about the file. */
export interface ParsedScenario {
  readonly scenario?: Scenario;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a scenario from disk. Throws what reading the file throws; what is wrong inside is told by diagnostics. */
export function loadScenario(path: string): ParsedScenario {
  return parseScenario(readFileSync(path), path);
}

/**
 * Reads a scenario. `file` is its name: for diagnostics, and the place that names of CSV files are relative to.
 * `readText` reads those. Never throws for what a user wrote.
 */
export function parseScenario(
  content: string | Uint8Array,
  file: string,
  readText: (path: string) => string = (path) => readFileSync(resolve(dirname(file), path), "utf8"),
): ParsedScenario {
  const reporter = reporterFor(readYaml(content, file));
  const form = hasErrors(reporter.diagnostics) ? undefined : formOf(reporter);
  const scenario = form && scenarioFrom(form, reporter, readText);
  return scenario && !hasErrors(reporter.diagnostics)
    ? { scenario, diagnostics: reporter.diagnostics }
    : { diagnostics: reporter.diagnostics };
}

function formOf(reporter: Reporter): ScenarioForm | undefined {
  const { value } = reporter.source;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    reporter.error("bad-value", "a scenario is a mapping that begins with version: 1", []);
    return undefined;
  }
  const version = Number(reporter.source.at(["version"]));
  if (Number.isInteger(version) && version > SCENARIO_VERSION) {
    const message = `this scenario is of version ${version}; this watchkeeper reads version ${SCENARIO_VERSION}: upgrade watchkeeper`;
    reporter.error("newer-version", message, ["version"]);
    return undefined;
  }
  const { data, error } = scenarioSchema.safeParse(value, { error: schemaWording });
  if (error) reportIssues(error.issues, reporter);
  return data;
}

function scenarioFrom(form: ScenarioForm, reporter: Reporter, readText: (path: string) => string): Scenario {
  const accounts = form.accounts ? accountsFrom(form.accounts, reporter) : DEFAULT_ACCOUNTS;
  const placeOf = placeReader(accounts, form.region, reporter);
  const groups = (form.groups ?? []).flatMap(
    (group, index) =>
      groupFrom(group, ["groups", index], placeOf(["groups", index], group.region), reporter) ?? [],
  );
  const zones = (form.zones ?? []).map((zone, index) => ({
    account: placeOf(["zones", index], undefined).account,
    name: zone.name,
    privateZone: zone.private ?? false,
    records: (zone.records ?? []).map((record) => ({ ...record, ttl: record.ttl ?? 300 })),
  }));
  return {
    seed: form.seed ?? 1,
    start: form.start === undefined ? undefined : new Date(form.start),
    accounts,
    faults: faultsFrom(form.faults, reporter),
    groups,
    queues: (form.queues ?? []).map((queue, index) => ({
      name: queue.name,
      ...placeOf(["queues", index], queue.region),
    })),
    topics: (form.topics ?? []).map((topic, index) => ({
      name: topic.name,
      queues: topic.queues ?? [],
      ...placeOf(["topics", index], topic.region),
    })),
    zones,
    recordings: readRecordings(form, reporter, readText),
  };
}

function faultsFrom(faults: unknown, reporter: Reporter): FaultSettings {
  if (faults === undefined) return {};
  try {
    return parseFaults(faults);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    reporter.error("bad-faults", error.message, ["faults"]);
    return {};
  }
}

function readRecordings(
  form: ScenarioForm,
  reporter: Reporter,
  readText: (path: string) => string,
): ReadonlyMap<string, readonly Reading[]> {
  const recordings = new Map<string, readonly Reading[]>();
  for (const { file, path } of recordingsOf(form)) {
    if (recordings.has(file)) continue;
    let text: string;
    try {
      text = readText(file);
    } catch (error) {
      reporter.error("unreadable-file", `${labelOf(path)}: can't read ${file}: ${messageOf(error)}`, path);
      continue;
    }
    const recording = parseRecording(text);
    if ("readings" in recording) recordings.set(file, recording.readings);
    else reporter.error("bad-recording", `${file}:${recording.line}: ${recording.problem}`, path);
  }
  return recordings;
}
