import type { AlarmDefinition, AlarmOverride, AlarmPolicy, FactCondition } from "../../model/alarm-policy.ts";
import { formatArn } from "../../model/arn.ts";
import type { Configuration } from "../../model/configuration.ts";
import { type Partition, partitionOf } from "../../model/partition.ts";
import type { Resource } from "../../model/resource.ts";
import type { Selector } from "../../model/selector.ts";
import type { DesiredAlarm } from "../desired-alarm.ts";
import { desiredAlarms } from "../desired-alarms.ts";
import { SeriesIndex, seriesNeeded } from "../series.ts";
import { renderTemplate } from "../template.ts";

/** What a configuration would make, seen without an account. */
export interface ExampleAlarms {
  readonly alarms: readonly ExampleAlarm[];
  /** Definitions for which no made-up resource could be found. */
  readonly unseen: readonly { readonly policy: string; readonly alarm: string; readonly reason: string }[];
}

/** An alarm as a plan would have it in a made-up place. */
export interface ExampleAlarm {
  readonly desired: DesiredAlarm;
  readonly account: string;
  readonly region: string;
}

const ACCOUNT = "111122223333";
const REGION = "us-east-1";
const IDS: Readonly<Record<string, string>> = {
  "ec2.instance": "i-0123456789abcdef0",
  "ebs.volume": "vol-0123456789abcdef0",
};

/** One alarm of every definition, for a made-up resource that fits it; and one more wherever an override changes it. */
export function exampleAlarms(configuration: Configuration): ExampleAlarms {
  const alarms: ExampleAlarm[] = [];
  const unseen: { policy: string; alarm: string; reason: string }[] = [];
  for (const policy of configuration.policies) {
    const known = new Set<string>();
    for (const definition of policy.alarms) {
      let reason: string | undefined;
      let found = false;
      for (const override of [undefined, ...policy.overrides]) {
        const change = override?.alarms[definition.key];
        if (override && !change) continue;
        const made = exampleOf(configuration, policy, { ...definition, ...change }, override);
        if (typeof made === "string") reason ??= made;
        for (const alarm of typeof made === "string" ? [] : made) {
          found = true;
          const text = JSON.stringify(alarm.desired.spec);
          if (!known.has(text)) alarms.push(alarm);
          known.add(text);
        }
      }
      if (!found && reason !== undefined) unseen.push({ policy: policy.name, alarm: definition.key, reason });
    }
  }
  return { alarms, unseen };
}

/** Alarms of one definition, or why there are none; no alarms and no reason for one that is switched off. */
function exampleOf(
  configuration: Configuration,
  policy: AlarmPolicy,
  definition: AlarmDefinition,
  override: AlarmOverride | undefined,
): readonly ExampleAlarm[] | string {
  if (!definition.enabled) return [];
  const region = literal(policy.select?.regions?.[0]) ?? configuration.regions[0] ?? REGION;
  const account = literal(policy.select?.accounts?.[0]) ?? configuration.expectAccounts[0] ?? ACCOUNT;
  const place = { account, region, partition: partitionOf(region) };
  const selector = {
    ...policy.select,
    ...override?.select,
    tags: { ...policy.select?.tags, ...override?.select.tags },
  };
  const type = definition.resourceTypes[0] ?? selector.types?.[0];
  const resource =
    policy.select && type !== undefined
      ? madeUp(type, selector, conditionsOf(policy, definition), place, tagsIn(policy))
      : undefined;
  const sources = [definition, ...(definition.metrics ?? [])].flatMap(({ dimensions }) =>
    Object.values(dimensions ?? {}).flatMap((value) =>
      typeof value === "object" && "select" in value ? [value.select] : [],
    ),
  );
  const others = sources.flatMap((select) =>
    select.types?.[0] === undefined ? [] : [madeUp(select.types[0], select, {}, place, tagsIn(policy))],
  );
  const { alarms, skipped, diagnostics } = desiredAlarms({
    configuration: { ...configuration, policies: [policy] },
    ...place,
    resources: distinct([...(resource ? [resource] : []), ...others]),
    series: exampleSeries(configuration, policy, resource),
  });
  const own = [...alarms.values()].filter((alarm) => alarm.definition.key === definition.key);
  if (own.length > 0) return own.map((desired) => ({ desired, account, region }));
  const left = skipped.find(({ alarm }) => alarm === definition.key)?.reason;
  // An override of every resource may switch it off.
  if (left?.code === "disabled") return [];
  return (
    left?.text ??
    diagnostics.find(({ severity }) => severity === "error")?.message ??
    "no made-up resource fits its policy"
  );
}

/** What the definition's `when` asks for; of a composite, what all its siblings ask for. */
function conditionsOf(policy: AlarmPolicy, definition: AlarmDefinition): AlarmDefinition["when"] {
  const keys = [...(definition.alarmRule ?? "").matchAll(/\$([A-Za-z0-9][\w-]*)/g)].map(([, key]) => key);
  const siblings = policy.alarms.filter(({ key }) => keys.includes(key));
  return Object.assign({}, ...siblings.map(({ when }) => when), definition.when);
}

function madeUp(
  type: string,
  selector: Selector,
  when: AlarmDefinition["when"],
  place: { readonly account: string; readonly region: string; readonly partition: Partition },
  wanted: readonly string[] = [],
): Resource {
  const id = filledIn(selector.ids?.[0]) ?? IDS[type] ?? "example";
  const tags: Record<string, string> = {};
  for (const [key, condition] of Object.entries(selector.tags ?? {})) {
    if ("anyOf" in condition) tags[key] = condition.anyOf[0] ?? "";
    else if ("pattern" in condition) tags[key] = filledIn(condition.pattern) ?? "";
    else if (condition.exists) tags[key] = "example";
  }
  const name = filledIn(selector.names?.[0]) ?? tags["Name"] ?? "example";
  const facts: Record<string, Resource["facts"][string]> = {};
  for (const [fact, condition] of Object.entries(when)) facts[fact] = factFor(condition);
  const dns = filledIn(selector.dnsNames?.[0]);
  if (dns !== undefined) facts["dnsNames"] = [dns.toLowerCase()];
  const [service = "", kind = ""] = type.split(".");
  return {
    arn: formatArn({ ...place, service, resource: `${kind}/${id}` }),
    type,
    account: place.account,
    region: place.region,
    id,
    name,
    state: selector.states?.[0] ?? (type === "ebs.volume" ? "in-use" : "running"),
    // Names and tags that templates may ask for.
    tags: { ...Object.fromEntries(wanted.map((key) => [key, "example"])), ...tags, Name: name },
    facts,
  };
}

/** Tags that the policy's templates speak of. */
function tagsIn(policy: AlarmPolicy): readonly string[] {
  const found = JSON.stringify(policy.alarms).matchAll(
    /\$(?:\{resource\.tags\.([^}]+)\}|resource\.tags\.([\p{L}\p{N}_:]+))/gu,
  );
  return [...found].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

/** A value that a condition on a fact accepts. */
function factFor(condition: FactCondition): Resource["facts"][string] {
  if (typeof condition !== "object") return condition;
  if (Array.isArray(condition)) return (condition as readonly (string | number)[])[0];
  const { atLeast, lessThan, exists, not } = condition as Exclude<
    FactCondition,
    string | number | boolean | readonly (string | number)[]
  >;
  if (atLeast !== undefined) return atLeast;
  if (lessThan !== undefined) return lessThan - 1;
  if (exists === false) return undefined;
  return not === undefined || not !== "example" ? "example" : "other";
}

/** A series for every definition that takes its dimensions from series. */
function exampleSeries(
  configuration: Configuration,
  policy: AlarmPolicy,
  resource: Resource | undefined,
): SeriesIndex {
  const index = new SeriesIndex();
  for (const query of seriesNeeded(configuration)) index.addMetric(query);
  for (const { namespace, metricName, series, dimensions = {} } of policy.alarms) {
    if (!series || namespace === undefined || metricName === undefined) continue;
    const found = new Map(series.each.map((name) => [name, name === "path" ? "/" : "example"]));
    for (const [name, value] of Object.entries(dimensions)) {
      const rendered = typeof value === "string" ? renderTemplate(value, resource) : { lacks: "" };
      if ("text" in rendered) found.set(name, rendered.text);
    }
    index.add(
      { namespace, metricName },
      [...found].map(([name, value]) => ({ name, value })),
    );
  }
  return index;
}

function literal(glob: string | undefined): string | undefined {
  return glob === undefined || /[*?]/.test(glob) ? undefined : glob;
}

/** A text that a glob matches. */
function filledIn(glob: string | undefined): string | undefined {
  return glob?.replaceAll("*", "x").replaceAll("?", "x");
}

function distinct(resources: readonly Resource[]): readonly Resource[] {
  return [...new Map(resources.map((resource) => [`${resource.type}/${resource.id}`, resource])).values()];
}
