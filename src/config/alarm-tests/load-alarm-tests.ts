import type { SourcePosition } from "../../model/alarm-policy.ts";
import { parseDuration } from "../../model/duration.ts";
import { type Diagnostic, hasErrors } from "../../support/diagnostic.ts";
import { compact, type Reading, readingOf } from "../reading.ts";
import type { ConfigRegistries } from "../registries.ts";
import { reporterFor, reportIssues, schemaWording } from "../schema-issues.ts";
import { checkTypes } from "../selector.ts";
import { type Path, readYaml } from "../yaml-source.ts";
import type { AlarmTest, AlarmTestFile, GivenStates, MadeUpResource, TestSeries } from "./alarm-test-file.ts";
import {
  ALARM_TESTS_VERSION,
  alarmTestsSchema,
  resourceSchema,
  seriesSchema,
  testSchema,
} from "./alarm-test-schema.ts";
import { expectationsAt, timeAt } from "./expectations.ts";
import { parseSeriesNotation } from "./series-notation.ts";
import { testedAlarmsAt } from "./tested-alarms.ts";

/** A file of tests where there are no errors, and everything there is to say about it, in the order of its lines. */
export interface LoadedAlarmTests {
  readonly tests?: AlarmTestFile;
  readonly diagnostics: readonly Diagnostic[];
}

/** A Monday, so that weekly windows begin with it. */
const DEFAULT_START = Date.UTC(2026, 0, 5) / 1000;
const DEFAULT_PERIOD = 60;

/** Reads a file of alarm tests. Every mistake is told with its place. Never throws for what a user wrote. */
export function loadAlarmTests(
  content: string | Uint8Array,
  file: string,
  resourceTypes: ConfigRegistries["resourceTypes"],
): LoadedAlarmTests {
  const source = readYaml(content, file);
  const reporter = reporterFor(source);
  const reading = readingOf(reporter);
  if (hasErrors(reporter.diagnostics) || !isReadable(reading)) return { diagnostics: reporter.diagnostics };
  const form = alarmTestsSchema.safeParse(source.value, { error: schemaWording });
  if (form.error) reportIssues(form.error.issues, reporter);
  const tests = assemble(reading, file, Object.keys(resourceTypes));
  const diagnostics = [...reporter.diagnostics].sort(
    (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
  return hasErrors(diagnostics) ? { diagnostics } : { tests, diagnostics };
}

function isReadable(reading: Reading): boolean {
  const { value } = reading.source;
  if (value === null || value === undefined) {
    reading.error("empty-file", "the file is empty: tests begin with version: 1 and tests:", []);
    return false;
  }
  if (typeof value !== "object" || Array.isArray(value)) {
    reading.error("bad-value", "a file of tests is a mapping that begins with version: 1", []);
    return false;
  }
  const version = Number(reading.raw(["version"]));
  if (Number.isInteger(version) && version > ALARM_TESTS_VERSION) {
    const message = `this file is of version ${version}; this watchkeeper reads version ${ALARM_TESTS_VERSION}: upgrade watchkeeper`;
    reading.error("newer-version", message, ["version"]);
    return false;
  }
  return true;
}

function assemble(reading: Reading, file: string, knownTypes: readonly string[]): AlarmTestFile {
  const { shape } = alarmTestsSchema;
  const config = reading.pick(shape.config, ["config"]);
  const resources = reading.keys(["resources"]).flatMap((key) => resourceAt(key, reading, knownTypes));
  const names = resources.map(({ key }) => key);
  return {
    file,
    ...(config === undefined
      ? {}
      : { config: { value: config, position: reading.source.position(["config"]) } }),
    resources,
    tests: Array.from({ length: reading.length(["tests"]) }, (_, index) =>
      testAt(["tests", index], reading, names, knownTypes),
    ),
  };
}

function resourceAt(key: string, reading: Reading, knownTypes: readonly string[]): MadeUpResource[] {
  const path = ["resources", key];
  const input = reading.pick(resourceSchema, path);
  if (!input) return [];
  checkTypes([...path, "type"], [input.type], reading, knownTypes);
  const texts = (from: Path) =>
    Object.fromEntries(reading.keys(from).map((name) => [name, reading.text([...from, name])]));
  return [
    {
      key,
      type: input.type,
      id: reading.text([...path, "id"]),
      ...compact({
        name: input.name === undefined ? undefined : reading.text([...path, "name"]),
        state: input.state,
      }),
      tags: texts([...path, "tags"]),
      facts: input.facts ?? {},
      position: reading.position(path),
    },
  ];
}

function testAt(
  path: Path,
  reading: Reading,
  resources: readonly string[],
  knownTypes: readonly string[],
): AlarmTest {
  const { shape } = testSchema;
  const alarms = testedAlarmsAt([...path, "alarms"], reading, resources, knownTypes);
  const keys = reading.keys([...path, "alarms"]);
  const period = periodAt([...path, "period"], reading) ?? periodAt(["period"], reading) ?? DEFAULT_PERIOD;
  const before = reading.pick(shape.before, [...path, "before"]);
  const bands = reading.pick(shape.bands, [...path, "bands"]) ?? {};
  for (const key of Object.keys(bands))
    if (!keys.includes(key))
      reading.error("unknown-alarm", `the test has no alarm "${key}"`, [...path, "bands", key], "key");
  return {
    name: reading.pick(shape.name, [...path, "name"]) ?? "",
    position: position(reading, [...path, "name"]),
    start: momentAt([...path, "start"], reading) ?? momentAt(["start"], reading) ?? DEFAULT_START,
    ...(before === undefined ? {} : { before }),
    delay: parseDuration(reading.pick(shape.delay, [...path, "delay"]) ?? 0) ?? 0,
    alarms,
    series: reading
      .keys([...path, "series"])
      .flatMap((key) => seriesAt(key, [...path, "series", key], period, reading)),
    states: reading
      .keys([...path, "states"])
      .flatMap((key) => statesAt(key, [...path, "states", key], reading)),
    bands,
    expect: expectationsAt([...path, "expect"], keys, reading),
  };
}

const position = (reading: Reading, path: Path): SourcePosition => reading.source.position(path);

function periodAt(path: Path, reading: Reading): number | undefined {
  const input = reading.pick(alarmTestsSchema.shape.period, path);
  const seconds = input === undefined ? undefined : parseDuration(input);
  if (seconds === undefined) return undefined;
  if (seconds > 0 && (seconds % 60 === 0 || [1, 5, 10, 20, 30].includes(seconds))) return seconds;
  reading.error("bad-value", `period ${seconds} s must be 1, 5, 10, 20, 30 or a multiple of 60`, path);
  return DEFAULT_PERIOD;
}

/** Epoch seconds of an ISO 8601 moment that says its time zone. */
function momentAt(path: Path, reading: Reading): number | undefined {
  const written = reading.pick(alarmTestsSchema.shape.start, path);
  if (written === undefined) return undefined;
  const zoned = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d))?$/.test(written);
  const seconds = zoned ? Date.parse(written) / 1000 : Number.NaN;
  if (Number.isInteger(seconds) && seconds >= 0) return seconds;
  const message = `start ${JSON.stringify(written)} is no moment: write 2026-01-05T09:30:00Z, or a date`;
  reading.error("bad-value", message, path);
  return DEFAULT_START;
}

function seriesAt(key: string, path: Path, testPeriod: number, reading: Reading): TestSeries[] {
  const written = reading.raw(path);
  const whole = typeof written === "object" && written !== null && !Array.isArray(written);
  const input = whole ? reading.pick(seriesSchema, path) : undefined;
  if (whole && !input) return [];
  const values = pointsAt(whole ? [...path, "values"] : path, reading);
  const samples = input?.samples === undefined ? undefined : pointsAt([...path, "samples"], reading);
  if (!values) return [];
  if (samples && samples.length !== values.length)
    reading.error(
      "bad-value",
      `there are ${values.length} values and the samples of ${samples.length}: each value needs its own`,
      [...path, "samples"],
    );
  const dimensions = input?.dimensions && [...path, "dimensions"];
  return [
    {
      key,
      metric: input?.metric ?? key,
      ...compact({ namespace: input?.namespace, statistic: input?.statistic, samples }),
      ...(dimensions && {
        dimensions: Object.fromEntries(
          reading.keys(dimensions).map((name) => [name, reading.text([...dimensions, name])]),
        ),
      }),
      period: (whole && periodAt([...path, "period"], reading)) || testPeriod,
      values,
      position: reading.position(path),
    },
  ];
}

function pointsAt(path: Path, reading: Reading): readonly number[] | undefined {
  const noted = parseSeriesNotation(reading.texts(path).join(" "));
  if ("values" in noted) return noted.values;
  reading.error("bad-series", noted.problem, path);
  return undefined;
}

function statesAt(alarm: string, path: Path, reading: Reading): GivenStates[] {
  const input = reading.pick(testSchema.shape.states, path.slice(0, -1))?.[alarm];
  if (input === undefined) return [];
  const changes =
    typeof input === "string"
      ? [{ time: 0, state: input }]
      : Object.entries(input).map(([time, state]) => ({
          time: timeAt([...path, time], time, reading),
          state,
        }));
  changes.sort((a, b) => a.time - b.time);
  return [{ alarm, changes, position: reading.position(path) }];
}
