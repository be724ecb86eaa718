import type { AlarmState } from "../../engine/alarm-state.ts";
import type { TimeSpan } from "../../engine/backtest-labels.ts";
import { orderComposites } from "../../engine/composite-graph.ts";
import {
  alarmNameOf,
  type CompositeRule,
  evaluateCompositeRule,
  mapReferences,
  parseCompositeRule,
  referencedAlarms,
} from "../../engine/composite-rule.ts";
import { messageOf } from "../../support/errors.ts";
import type { TestedResult, Verdict } from "./backtest-result.ts";
import { notReplayed, type Replay, type StateChanges, scoreWithin, spansIn } from "./replay.ts";
import type { TestedAlarm } from "./tested-alarm.ts";

type Composite = Extract<TestedAlarm, { kind: "composite" }>;

const FLAP_SECONDS = 3600;
const NOISY_A_DAY = 2;
const DAY = 86_400;

/** What the names of a place's rules refer to. */
export function childrenOf(rule: string): readonly string[] {
  try {
    return referencedAlarms(parseCompositeRule(rule)).map(alarmNameOf);
  } catch {
    // Told when the alarm itself is replayed.
    return [];
  }
}

/**
 * Replays composite alarms out of the changes of their children, children first. One whose children could not all be tested, whose rule
 * can't be read, or that depends on itself is told as untested. `replayed`: by name; the results are added to it.
 */
export function* replayComposites(
  composites: readonly Composite[],
  replayed: Map<string, Replay>,
  options: { readonly incidents: (name: string) => readonly TimeSpan[] | undefined; readonly chart: boolean },
): Generator<{ readonly subject: Composite; readonly replay: Replay }> {
  const rules = new Map<string, CompositeRule>();
  const unreadable = new Map<string, string>();
  for (const { name, rule } of composites) {
    try {
      rules.set(name, mapReferences(parseCompositeRule(rule), alarmNameOf));
    } catch (error) {
      unreadable.set(name, messageOf(error));
    }
  }
  const byName = new Map(composites.map((composite) => [composite.name, composite]));
  const { ordered, blocked } = orderComposites(rules);
  const settle = (name: string, replay: Replay) => {
    replayed.set(name, replay);
    return { subject: byName.get(name) as Composite, replay };
  };
  for (const [name, why] of unreadable)
    yield settle(name, notReplayed("composite-rule", `its rule can't be read: ${why}`));
  for (const name of ordered) {
    const rule = rules.get(name);
    if (rule && byName.has(name)) yield settle(name, replayOne(name, rule, replayed, options));
  }
  for (const name of blocked)
    yield settle(
      name,
      notReplayed("composite-cycle", "its rule leads back to itself; CloudWatch stops evaluating it"),
    );
}

function replayOne(
  name: string,
  rule: CompositeRule,
  replayed: ReadonlyMap<string, Replay>,
  options: { readonly incidents: (name: string) => readonly TimeSpan[] | undefined; readonly chart: boolean },
): Replay {
  const children = new Map<string, { readonly changes: StateChanges; readonly tested: TestedResult }>();
  for (const child of referencedAlarms(rule)) {
    const found = replayed.get(child);
    if (!found) return notReplayed("child-unknown", `its rule speaks of ${child}, which isn't there`);
    if (!found.tested)
      return notReplayed("child-untested", `${child} could not be tested: ${found.untested?.reason ?? ""}`);
    children.set(child, { changes: found.changes, tested: found.tested });
  }
  const results = [...children.values()].map(({ tested }) => tested);
  if (results.length === 0) return notReplayed("no-children", "its rule speaks of no alarm");
  const start = Math.max(...results.map((result) => result.start));
  const end = Math.min(...results.map((result) => result.end));
  if (end <= start) return notReplayed("no-common-time", "the histories of its children don't overlap");
  const changes = compositeChanges(rule, children, start, end);
  const alarms = spansIn("ALARM", changes, start, end);
  const seconds = alarms.reduce((sum, alarm) => sum + alarm.end - alarm.start, 0);
  const flaps = alarms.filter(
    (alarm, i) => i > 0 && alarm.start - (alarms[i - 1]?.end ?? 0) < FLAP_SECONDS,
  ).length;
  const incidents = options.incidents(name);
  const score = incidents && scoreWithin(alarms, incidents, start, end);
  const exact = results.every(({ fidelity }) => fidelity.windows === "exact");
  const same = (value: number) => ({ least: value, most: value });
  return {
    untested: undefined,
    changes,
    tested: {
      start,
      end,
      fired: same(alarms.length),
      secondsInAlarm: same(seconds),
      flaps: same(flaps),
      secondsInsufficientData: 0,
      first: alarms[0]?.start,
      last: alarms.at(-1)?.start,
      firstReason: undefined,
      rangeDelay: { changes: 0, longest: 0 },
      verdict: verdictOf(alarms.length, seconds, end - start),
      alarms,
      evaluations: changes.times.length,
      points: 0,
      missing: 0,
      fidelity: {
        windows: exact ? "exact" : "aligned",
        step: Math.max(...results.map(({ fidelity }) => fidelity.step)),
        notes: [],
      },
      score,
    },
    chart: options.chart
      ? {
          start,
          end,
          low: new Float64Array(0),
          high: new Float64Array(0),
          threshold: undefined,
          band: undefined,
          alarms,
          insufficient: [],
          incidents: score?.incidents ?? [],
        }
      : undefined,
  };
}

/** A composite alarm is evaluated whenever a child changes. */
function compositeChanges(
  rule: CompositeRule,
  children: ReadonlyMap<string, { readonly changes: StateChanges }>,
  start: number,
  end: number,
): StateChanges {
  const events: { readonly time: number; readonly child: string; readonly state: AlarmState }[] = [];
  for (const [child, { changes }] of children)
    changes.times.forEach((time, i) => {
      if (time < end)
        events.push({ time: Math.max(time, start), child, state: changes.states[i] as AlarmState });
    });
  events.sort((a, b) => a.time - b.time);
  const current = new Map<string, AlarmState>();
  const times: number[] = [];
  const states: AlarmState[] = [];
  const judge = (time: number): void => {
    const state = evaluateCompositeRule(rule, (child) => current.get(child) ?? "INSUFFICIENT_DATA")
      ? "ALARM"
      : "OK";
    if (states.at(-1) === state) return;
    times.push(time);
    states.push(state);
  };
  events.forEach(({ time, child, state }, i) => {
    current.set(child, state);
    // Changes of one moment count together.
    if (events[i + 1]?.time !== time) judge(time);
  });
  if (states.length === 0) judge(start);
  return { times, states };
}

function verdictOf(fired: number, seconds: number, total: number): Verdict {
  if (fired === 0) return { kind: "quiet", text: "never fired" };
  if (total >= DAY && seconds / total >= 0.5)
    return { kind: "stuck", text: `in ALARM ${Math.round((seconds / total) * 100)} % of the time` };
  const perDay = fired / Math.max(1, total / DAY);
  return perDay >= NOISY_A_DAY
    ? { kind: "noisy", text: `noisy: ${perDay < 10 ? perDay.toFixed(1) : Math.round(perDay)} a day` }
    : { kind: "ok", text: "ok" };
}
