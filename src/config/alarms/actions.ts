import type { ActionLists, AlarmPolicy } from "../../model/alarm-policy.ts";
import { parseArn } from "../../model/arn.ts";
import type { AccountConfig, TopicConfig } from "../../model/configuration.ts";
import { partitionOf } from "../../model/partition.ts";
import { matchesAny } from "../../support/glob.ts";
import { didYouMean } from "../../support/suggest.ts";
import { topicSchema } from "../configuration-schema.ts";
import type { Reading } from "../reading.ts";
import type { Path } from "../yaml-source.ts";
import { actionListsAt } from "./alarm-definition.ts";
import { actionsSchema } from "./alarm-schema.ts";

/** Severities that are always there. They send nowhere until the configuration says where. */
const SEVERITIES = ["critical", "warning", "info"] as const;

/** What EC2 can do with an instance when an alarm asks. */
const EC2_ACTIONS = ["ec2:recover", "ec2:reboot", "ec2:stop", "ec2:terminate"] as const;

const STATES = ["alarm", "ok", "insufficientData"] as const satisfies readonly (keyof ActionLists)[];

/** The topics, by key. One topic name under two keys is reported with both places. */
export function topicsFrom(reading: Reading): Record<string, TopicConfig> {
  const topics: Record<string, TopicConfig> = {};
  const first = new Map<string, string>();
  for (const key of reading.keys(["topics"])) {
    const path = ["topics", key];
    const topic = reading.pick(topicSchema, path);
    const target = topic?.name ?? topic?.arn;
    if (topic === undefined || target === undefined) continue;
    const earlier = first.get(target);
    if (earlier !== undefined) {
      const { line } = reading.source.position(["topics", earlier], "key");
      const message = `topics "${earlier}" (line ${line}) and "${key}" are the same topic: use one key for both`;
      reading.error("duplicate-topic", message, [...path, topic.name === undefined ? "arn" : "name"]);
    }
    first.set(target, key);
    const position = reading.position(path);
    topics[key] = topic.name === undefined ? { key, arn: target, position } : { key, name: target, position };
  }
  return topics;
}

/** Severities with their action lists; the three that are always there first. */
export function severitiesFrom(reading: Reading): Record<string, ActionLists> {
  const names = [...new Set([...SEVERITIES, ...reading.keys(["severities"])])];
  return Object.fromEntries(
    names.map((name) => {
      const input = reading.pick(actionsSchema, ["severities", name]);
      const lists = input === undefined ? {} : actionListsAt(["severities", name], input, reading);
      return [name, { alarm: [], ok: [], insufficientData: [], ...lists }];
    }),
  );
}

interface ActionUse {
  readonly target: string;
  readonly path: Path;
  /** Severity whose action it is; undefined for an alarm's own. */
  readonly severity?: string;
  readonly policy?: number;
}

/** Every action target written anywhere, with its place. */
function usesIn(reading: Reading): ActionUse[] {
  const uses: ActionUse[] = [];
  const collect = (path: Path, more: Omit<ActionUse, "target" | "path">): void => {
    for (const state of STATES) {
      const place = [...path, state];
      if (reading.pick(actionsSchema.shape[state], place) === undefined) continue;
      for (const [index, target] of reading.texts(place).entries())
        uses.push({ target, path: Array.isArray(reading.raw(place)) ? [...place, index] : place, ...more });
    }
  };
  for (const severity of reading.keys(["severities"])) collect(["severities", severity], { severity });
  for (let policy = 0; policy < reading.length(["policies"]); policy += 1) {
    const path = ["policies", policy];
    for (const key of reading.keys([...path, "alarms"]))
      collect([...path, "alarms", key, "actions"], { policy });
    for (let index = 0; index < reading.length([...path, "overrides"]); index += 1)
      for (const key of reading.keys([...path, "overrides", index, "alarms"]))
        collect([...path, "overrides", index, "alarms", key, "actions"], { policy });
  }
  return uses;
}

/** The regions a policy has alarms in. */
function regionsOf(
  policy: AlarmPolicy,
  accounts: readonly AccountConfig[],
  regions: readonly string[],
): readonly string[] {
  const all = [...new Set(accounts.flatMap((account) => account.regions ?? regions))];
  const wanted = policy.select?.regions;
  return wanted === undefined ? all : all.filter((region) => matchesAny(wanted, region));
}

/** Checks every action: that its topic exists, that it is an action at all, and that an ARN can serve the alarms that use it. */
export function checkActions(
  reading: Reading,
  policies: readonly AlarmPolicy[],
  topics: Readonly<Record<string, TopicConfig>>,
  accounts: readonly AccountConfig[],
  regions: readonly string[],
): void {
  const topicKeys = reading.keys(["topics"]);
  const told = new Set<string>();
  for (const use of usesIn(reading)) {
    const { target } = use;
    if (topicKeys.includes(target)) {
      const topic = Object.hasOwn(topics, target) ? topics[target] : undefined;
      if (topic && "arn" in topic && !told.has(target)) {
        const said = checkReach(topic.arn, `topic "${target}"`, ["topics", target, "arn"], use, reading);
        if (said) told.add(target);
      }
    } else if (target.startsWith("arn:")) {
      checkReach(target, "this action", use.path, use, reading);
    } else if (!(EC2_ACTIONS as readonly string[]).includes(target)) {
      const guess = didYouMean(target, [...topicKeys, ...EC2_ACTIONS]);
      const remedy = guess || " Name it under topics, or write an ARN";
      const what = target.startsWith("ec2:") ? "action" : "topic";
      reading.error("unknown-topic", `unknown ${what} ${JSON.stringify(target)}.${remedy}`, use.path);
    }
  }

  function checkReach(text: string, what: string, path: Path, use: ActionUse, report: Reading): boolean {
    const arn = parseArn(text);
    if (!arn) {
      report.error(
        "bad-arn",
        `${JSON.stringify(text)} is no ARN: arn:partition:service:region:account:name`,
        path,
      );
      return true;
    }
    for (const [index, policy] of policies.entries()) {
      if (use.policy !== undefined && use.policy !== index) continue;
      const { severity } = use;
      if (severity !== undefined && !usesSeverity(policy, severity)) continue;
      for (const region of regionsOf(policy, accounts, regions)) {
        const outside = arn.partition !== partitionOf(region) ? `partition ${arn.partition}` : arn.region;
        if (arn.partition === partitionOf(region) && (arn.region === region || arn.region === "")) continue;
        report.error(
          "action-out-of-reach",
          `${what} is in ${outside}, but policy "${policy.name}" has alarms in ${region}: an alarm can only act in its own region. ${
            arn.service === "sns"
              ? "A topic with name in place of arn is made in every region"
              : "Use a policy for each region"
          }`,
          path,
        );
        return true;
      }
    }
    return false;
  }
}

function usesSeverity(policy: AlarmPolicy, severity: string): boolean {
  return (
    policy.alarms.some((alarm) => alarm.severity === severity) ||
    policy.overrides.some(({ alarms }) => Object.values(alarms).some((alarm) => alarm.severity === severity))
  );
}

/** Severities that alarms name must exist. */
export function checkSeverities(reading: Reading, severities: readonly string[]): void {
  const check = (path: Path): void => {
    const severity = reading.raw(path);
    if (typeof severity !== "string" || severities.includes(severity)) return;
    const guess = didYouMean(severity, severities) || ` There are: ${severities.join(", ")}`;
    reading.error("unknown-severity", `unknown severity ${JSON.stringify(severity)}.${guess}`, path);
  };
  for (let policy = 0; policy < reading.length(["policies"]); policy += 1) {
    const path = ["policies", policy];
    for (const key of reading.keys([...path, "alarms"])) check([...path, "alarms", key, "severity"]);
    for (let index = 0; index < reading.length([...path, "overrides"]); index += 1)
      for (const key of reading.keys([...path, "overrides", index, "alarms"]))
        check([...path, "overrides", index, "alarms", key, "severity"]);
  }
}
