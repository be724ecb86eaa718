import type { DesiredAlarm } from "../../alarms/desired/desired-alarm.ts";
import { desiredAlarms } from "../../alarms/desired/desired-alarms.ts";
import { SeriesIndex, seriesNeeded } from "../../alarms/desired/series/series.ts";
import { renderTemplate } from "../../alarms/desired/template.ts";
import { canonicalAlarm } from "../../alarms/spec/canonical-alarm.ts";
import { putMetricAlarm } from "../../alarms/spec/cloudwatch-alarm.ts";
import type {
  AlarmTest,
  AlarmTestFile,
  MadeUpResource,
  TestedAlarm,
} from "../../config/alarm-tests/alarm-test-file.ts";
import type { MetricAlarm } from "../../engine/alarm.ts";
import { parseCompositeRule } from "../../engine/composite-rule.ts";
import type { AlarmDefinition, AlarmPolicy } from "../../model/alarm-policy.ts";
import type { AlarmSpec, MetricAlarmSpec, MetricStat } from "../../model/alarm-spec.ts";
import { formatArn } from "../../model/arn.ts";
import type { Configuration } from "../../model/configuration.ts";
import { partitionOf } from "../../model/partition.ts";
import type { Resource } from "../../model/resource.ts";
import { didYouMean } from "../../support/suggest.ts";
import { type ReadyAlarm, TestNotRunnable, type TestProblem } from "./tested-alarm.ts";

type PolicyAlarm = Extract<TestedAlarm, { readonly kind: "policy" }>;
type InlineAlarm = Extract<TestedAlarm, { readonly kind: "inline" }>;

const ACCOUNT = "111122223333";
const REGION = "us-east-1";

/**
 * Works out a test's alarms: those of a policy as a plan would create them for the test's resource, those written out as they are.
 * Throws `TestNotRunnable` with everything that is wrong.
 */
export function resolveAlarms(
  test: AlarmTest,
  file: AlarmTestFile,
  configuration: Configuration | undefined,
): readonly ReadyAlarm[] {
  const problems: TestProblem[] = [];
  const place = placeOf(configuration);
  const attempt = (make: () => ReadyAlarm): readonly ReadyAlarm[] => {
    try {
      return [make()];
    } catch (error) {
      if (!(error instanceof TestNotRunnable)) throw error;
      problems.push(...error.problems);
      return [];
    }
  };
  const ready = test.alarms.flatMap((alarm) =>
    alarm.kind === "policy" ? attempt(() => ofPolicy(alarm, file, configuration)) : [],
  );
  const names = new Map(ready.map(({ key, name }) => [key, name]));
  const inline = test.alarms.filter((alarm) => alarm.kind === "inline");
  for (const { key, definition } of inline) names.set(key, definition.name ?? key);
  for (const alarm of inline) ready.push(...attempt(() => writtenOut(alarm, names, place, configuration)));
  checkNames(ready, problems);
  if (problems.length > 0) throw new TestNotRunnable(problems);
  return ready;
}

function placeOf(configuration: Configuration | undefined) {
  const region = configuration?.regions[0] ?? REGION;
  return { account: configuration?.expectAccounts[0] ?? ACCOUNT, region, partition: partitionOf(region) };
}

function checkNames(alarms: readonly ReadyAlarm[], problems: TestProblem[]): void {
  const known = new Map<string, ReadyAlarm>();
  for (const alarm of alarms) {
    const other = known.get(alarm.name);
    if (other)
      problems.push({
        message: `alarms "${other.key}" and "${alarm.key}" are both named "${alarm.name}" in CloudWatch`,
        position: alarm.position,
      });
    known.set(alarm.name, alarm);
  }
}

function ofPolicy(
  tested: PolicyAlarm,
  file: AlarmTestFile,
  configuration: Configuration | undefined,
): ReadyAlarm {
  const { position } = tested;
  const fail = (message: string, details?: readonly string[]): never => {
    throw new TestNotRunnable([{ message, position, ...(details ? { details } : {}) }]);
  };
  if (!configuration)
    return fail(
      `alarm "${tested.key}" is one of policy "${tested.policy}": name its configuration with config:`,
    );
  const policies = configuration.policies.map(({ name }) => name);
  const policy = configuration.policies.find(({ name }) => name === tested.policy);
  if (!policy)
    return fail(
      `${configuration.file} has no policy "${tested.policy}".${didYouMean(tested.policy, policies) || ` There are: ${policies.join(", ")}`}`,
    );
  const definition = policy.alarms.find(({ key }) => key === tested.alarm);
  if (!definition) {
    const keys = policy.alarms.map(({ key }) => key);
    return fail(
      `policy "${policy.name}" has no alarm "${tested.alarm}".${didYouMean(tested.alarm, keys) || ` There are: ${keys.join(", ")}`}`,
    );
  }
  const place = placeOf(configuration);
  const resources = file.resources.map((made) => resourceOf(made, place));
  const index = file.resources.findIndex(({ key }) => key === tested.resource);
  const resource = resources[index];
  if (!resource && policy.select)
    return fail(
      `alarm "${tested.key}" needs a resource: define one under resources: and name it with resource:`,
    );
  const desired = desiredAlarms({
    configuration,
    ...place,
    resources,
    series: seriesFor(configuration, tested, definition, resource),
  });
  const own = [...desired.alarms.values()].filter(
    (alarm) =>
      alarm.policy.name === policy.name &&
      alarm.definition.key === tested.alarm &&
      (alarm.resource === undefined || resource === undefined || alarm.resource.id === resource.id),
  );
  const fitting = own.filter((alarm) => hasDimensions(alarm.spec, tested.dimensions));
  const [only, ...more] = fitting;
  if (only && more.length === 0) return ready(tested.key, only.spec, place, position, "applied");
  if (only)
    return fail(
      `policy "${policy.name}" makes ${fitting.length} alarms "${tested.alarm}" here: say which by dimensions:`,
      fitting.map(({ name }) => name),
    );
  if (own.length > 0)
    return fail(
      `no alarm "${tested.alarm}" of policy "${policy.name}" has these dimensions; there are:`,
      own.map(({ name }) => name),
    );
  const reasons = desired.skipped.filter(
    (skipped) =>
      skipped.policy === policy.name &&
      skipped.alarm === tested.alarm &&
      (skipped.resource === undefined || skipped.resource.id === resource?.id),
  );
  const why = [
    ...reasons.map(({ reason }) => reason.text),
    ...desired.diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message),
  ];
  return fail(
    `policy "${policy.name}" makes no alarm "${tested.alarm}"${resource ? ` for ${resource.name}` : ""}: ${why[0] ?? "the policy doesn't select it"}`,
    why.slice(1),
  );
}

function resourceOf(made: MadeUpResource, place: ReturnType<typeof placeOf>): Resource {
  const { type, id, tags, facts } = made;
  const [service = "", kind = ""] = type.split(".");
  return {
    arn: formatArn({ ...place, service, resource: `${kind}/${id}` }),
    type,
    account: place.account,
    region: place.region,
    id,
    name: made.name ?? tags["Name"] ?? id,
    state: made.state ?? (type === "ebs.volume" ? "in-use" : "running"),
    tags,
    facts,
  };
}

/** The series that a plan would have found for the alarm: its own dimensions, completed by those that the test names. */
function seriesFor(
  configuration: Configuration,
  tested: PolicyAlarm,
  definition: AlarmDefinition,
  resource: Resource | undefined,
): SeriesIndex {
  const index = new SeriesIndex();
  for (const query of seriesNeeded(configuration)) index.addMetric(query);
  const { namespace, metricName, series, dimensions = {} } = definition;
  if (!series || namespace === undefined || metricName === undefined) return index;
  const lacking = series.each.filter((name) => !Object.hasOwn(tested.dimensions, name));
  if (lacking.length > 0)
    throw new TestNotRunnable([
      {
        message: `alarm "${tested.alarm}" is made for every ${lacking.join(" and ")}: say which by dimensions: { ${lacking.map((name) => `${name}: ...`).join(", ")} }`,
        position: tested.position,
      },
    ]);
  const known = Object.entries(dimensions).flatMap(([name, value]) => {
    const rendered = typeof value === "string" ? renderTemplate(value, resource) : { lacks: "" };
    return "text" in rendered ? [[name, rendered.text] as const] : [];
  });
  const whole = { ...Object.fromEntries(known), ...tested.dimensions };
  index.add(
    { namespace, metricName },
    Object.entries(whole).map(([name, value]) => ({ name, value })),
  );
  return index;
}

function hasDimensions(spec: AlarmSpec, wanted: Readonly<Record<string, string>>): boolean {
  if (spec.kind === "composite") return true;
  const metrics = metricsOf(spec);
  return Object.entries(wanted).every(([name, value]) =>
    metrics.some(({ dimensions }) => dimensions.some((each) => each.name === name && each.value === value)),
  );
}

/** `$key` in rules means the test's own alarm of that key. */
function writtenOut(
  { key, definition, position }: InlineAlarm,
  names: ReadonlyMap<string, string>,
  place: ReturnType<typeof placeOf>,
  base: Configuration | undefined,
): ReadyAlarm {
  const named = (text: string, quote: boolean): string =>
    text.replace(/\$(?!\{?resource\b)\{?([A-Za-z0-9][\w-]*)\}?/g, (whole, sibling: string) => {
      const name = names.get(sibling);
      if (name === undefined) return whole;
      return quote ? `"${name.replaceAll('"', '\\"')}"` : name;
    });
  const { alarmRule, actionsSuppressor } = definition;
  const policy: AlarmPolicy = {
    name: "test",
    alarms: [
      {
        ...definition,
        name: names.get(key) ?? key,
        ...(alarmRule === undefined ? {} : { alarmRule: named(alarmRule, true) }),
        ...(actionsSuppressor === undefined ? {} : { actionsSuppressor: named(actionsSuppressor, false) }),
      },
    ],
    overrides: [],
    existing: "warn",
    merge: "keep",
    quietStart: false,
    includeAutoScalingMembers: false,
  };
  const { alarms, diagnostics } = desiredAlarms({
    configuration: { ...around(base), policies: [policy] },
    ...place,
    resources: [],
    series: new SeriesIndex(),
  });
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const [only, ...more] = [...alarms.values()] as readonly DesiredAlarm[];
  if (only && more.length === 0 && errors.length === 0)
    return ready(key, only.spec, place, position, "written");
  throw new TestNotRunnable(
    errors.length > 0
      ? errors.map(({ message }) => ({ message: message.replace(' of policy "test"', ""), position }))
      : [{ message: `alarm "${key}" makes ${alarms.size} alarms: write out one`, position }],
  );
}

/** What alarms that are written out take from a configuration: where their actions go. */
function around(base: Configuration | undefined): Omit<Configuration, "policies"> {
  const none = { alarm: [], ok: [], insufficientData: [] };
  return (
    base ?? {
      version: 1,
      name: "alarm-tests",
      file: "",
      hash: "",
      expectAccounts: [],
      regions: [],
      accounts: [],
      severities: { critical: none, warning: none, info: none },
      topics: {},
      limits: { deletes: { percent: 10, minimum: 5 } },
    }
  );
}

function ready(
  key: string,
  spec: AlarmSpec,
  place: ReturnType<typeof placeOf>,
  position: TestedAlarm["position"],
  how: "applied" | "written",
): ReadyAlarm {
  const name = spec.alarmName;
  const arn = formatArn({ ...place, service: "cloudwatch", resource: `alarm:${name}` });
  if (spec.kind === "composite")
    return { kind: "composite", key, name, arn, spec, position, rule: parseCompositeRule(spec.alarmRule) };
  const canonical = canonicalAlarm(spec);
  // DatapointsToAlarm changes the words of StateReason: a plan always writes it, an alarm written out may leave it away.
  const state = how === "applied" ? canonical : { ...canonical, datapointsToAlarm: spec.datapointsToAlarm };
  const metrics = metricsOf(spec);
  const period = Math.max(
    0,
    ...metrics.map((metric) => metric.period),
    ...(spec.metrics ?? []).map((q) => q.period ?? 0),
  );
  const alarm: MetricAlarm = putMetricAlarm(state);
  return { kind: "metric", key, name, arn, spec, position, alarm, metrics, period };
}

/** What an alarm reads. The engine calls the metric of a plain alarm `m1`. */
function metricsOf(spec: MetricAlarmSpec): readonly (MetricStat & { readonly id: string })[] {
  if (spec.metrics)
    return spec.metrics.flatMap(({ id, metricStat }) => (metricStat ? [{ id, ...metricStat }] : []));
  const { namespace = "", metricName = "", dimensions = [], period = 0 } = spec;
  return [
    {
      id: "m1",
      namespace,
      metricName,
      dimensions,
      period,
      stat: spec.statistic ?? spec.extendedStatistic ?? "",
    },
  ];
}
