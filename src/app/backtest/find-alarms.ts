import { freshestSeries } from "../../alarms/desired/series/freshness.ts";
import { readAlarmFile } from "../../alarms/history/alarm-file.ts";
import { describeAlarms } from "../../aws/describe-alarms.ts";
import type { AwsSession } from "../../aws/session.ts";
import { dnsDirectory } from "../../inventory/route53.ts";
import type { Configuration } from "../../model/configuration.ts";
import type { Context } from "../../support/context.ts";
import { hasErrors } from "../../support/diagnostic.ts";
import { globMatcher } from "../../support/glob.ts";
import { readRegion } from "../plan-region.ts";
import { InvalidConfiguration } from "../read-configuration.ts";
import { childrenOf } from "./composites.ts";
import {
  type TestedAlarm,
  testedFromDesired,
  testedFromLive,
  testedFromLiveComposite,
} from "./tested-alarm.ts";

/** Alarms that the configuration asks for in one place, and those that their composite rules speak of. */
export async function plannedAlarms(
  session: AwsSession,
  configuration: Configuration,
  context: Context,
): Promise<readonly TestedAlarm[]> {
  const { desired } = await readRegion(session, configuration, context, { dns: dnsDirectory(session) });
  const all = [...desired.alarms.values()];
  // Where several series fit, the alarm watches the live one; what the others held is no history of it.
  const freshest = await freshestSeries(session, all, context.clock.now());
  const tested = all.map((alarm) => testedFromDesired(alarm, freshest.get(alarm.identity)));
  return [...tested, ...(await strangers(session, tested))];
}

/** Alarms that stand in one place, ours or not. */
export async function existingAlarms(session: AwsSession): Promise<readonly TestedAlarm[]> {
  const found: TestedAlarm[] = [];
  for await (const { metricAlarms, compositeAlarms } of describeAlarms(session)) {
    for (const raw of metricAlarms) found.push(testedFromLive(raw));
    for (const raw of compositeAlarms) found.push(testedFromLiveComposite(raw));
  }
  return found;
}

/** Alarms written in a file. @throws `InvalidConfiguration` with everything that is wrong in it. */
export function alarmsOfFile(content: Uint8Array, path: string): readonly TestedAlarm[] {
  const { alarms, diagnostics } = readAlarmFile(content, path);
  if (hasErrors(diagnostics)) throw new InvalidConfiguration(diagnostics);
  return alarms.map((alarm) => testedFromLive(alarm));
}

/** Only the alarms of these names; children of composite alarms among them are replayed too, without being told. */
export function onlyNamed(alarms: readonly TestedAlarm[], names: readonly string[]): readonly TestedAlarm[] {
  if (names.length === 0) return alarms;
  const matchers = names.map(globMatcher);
  const wanted = new Set(
    alarms.filter(({ name }) => matchers.some((matches) => matches(name))).map(({ name }) => name),
  );
  const rules = new Map(
    alarms.flatMap((alarm) => (alarm.kind === "composite" ? [[alarm.name, alarm.rule] as const] : [])),
  );
  const needed = new Set<string>();
  const need = (name: string): void => {
    for (const child of childrenOf(rules.get(name) ?? ""))
      if (!needed.has(child)) {
        needed.add(child);
        need(child);
      }
  };
  for (const name of wanted) need(name);
  return alarms.flatMap((alarm) => {
    if (wanted.has(alarm.name)) return [alarm];
    return needed.has(alarm.name) ? [{ ...alarm, dependency: true as const }] : [];
  });
}

/** Somebody else's alarms that composite rules speak of, as they stand, down to the last child. */
async function strangers(
  session: AwsSession,
  tested: readonly TestedAlarm[],
): Promise<readonly TestedAlarm[]> {
  const known = new Set(tested.map(({ name }) => name));
  const found: TestedAlarm[] = [];
  let wanted = childrenNotIn(tested, known);
  while (wanted.length > 0) {
    for (const name of wanted) known.add(name);
    const read: TestedAlarm[] = [];
    for (let at = 0; at < wanted.length; at += 100)
      for await (const page of describeAlarms(session, wanted.slice(at, at + 100))) {
        for (const raw of page.metricAlarms) read.push({ ...testedFromLive(raw), dependency: true });
        for (const raw of page.compositeAlarms)
          read.push({ ...testedFromLiveComposite(raw), dependency: true });
      }
    found.push(...read);
    wanted = childrenNotIn(read, known);
  }
  return found;
}

function childrenNotIn(alarms: readonly TestedAlarm[], known: ReadonlySet<string>): string[] {
  const children = alarms.flatMap((alarm) => (alarm.kind === "composite" ? childrenOf(alarm.rule) : []));
  return [...new Set(children)].filter((name) => !known.has(name));
}
