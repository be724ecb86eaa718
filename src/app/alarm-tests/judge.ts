import type {
  AlarmTest,
  ExpectedActions,
  ExpectedReason,
  ExpectedTransition,
  Located,
} from "../../config/alarm-tests/alarm-test-file.ts";
import { lastChange, stateAt } from "./play.ts";
import type { PlayedActions, PlayedAlarm, PlayedTransition } from "./played.ts";
import type { TestProblem } from "./tested-alarm.ts";

/** What of a test's expectations didn't come about, in the order they were written. */
export function judge(test: AlarmTest, played: readonly PlayedAlarm[]): readonly TestProblem[] {
  const byKey = new Map(played.map((each) => [each.alarm.key, each]));
  const { states, transitions, reasons, actions } = test.expect;
  const found: TestProblem[] = [];
  for (const { alarm: key, time, state, position } of states) {
    const alarm = byKey.get(key);
    if (!alarm) continue;
    const actual = stateAt(alarm, time);
    if (actual === state) continue;
    const change = lastChange(alarm.transitions, time);
    found.push({
      alarm: key,
      time,
      position,
      message: `at ${offset(time)} ${key} is ${actual}, not ${state}`,
      details: change ? [`since ${offset(change.time)}: ${change.reason}`] : ["it never changed before"],
    });
  }
  for (const { alarm: key, time, reason, position } of reasons) {
    const alarm = byKey.get(key);
    if (!alarm) continue;
    const change = lastChange(alarm.transitions, time);
    if (change) found.push(...wrongReason(key, time, reason, change, position));
    else
      found.push({
        alarm: key,
        time,
        position,
        message: `at ${offset(time)} ${key} has no reason yet: it never changed before`,
      });
  }
  if (transitions) found.push(...judgeTransitions(transitions, played));
  if (actions) found.push(...judgeActions(actions, played));
  return found.sort((a, b) => a.position.line - b.position.line || a.position.column - b.position.column);
}

/** Seconds since the first point as tests write them: `15m`, `1h30m`, `0`. */
export function offset(seconds: number): string {
  if (seconds === 0) return "0";
  let rest = seconds;
  let text = "";
  for (const [unit, size] of [
    ["d", 86_400],
    ["h", 3600],
    ["m", 60],
    ["s", 1],
  ] as const) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text;
}

/** The alarms a list speaks of: those it names, or all when it is empty. */
function concerned<Expected extends { readonly alarm: string }>(
  list: readonly Expected[],
  played: readonly PlayedAlarm[],
): readonly PlayedAlarm[] {
  const named = new Set(list.map(({ alarm }) => alarm));
  return named.size === 0 ? played : played.filter(({ alarm }) => named.has(alarm.key));
}

function judgeTransitions(
  { value: expected, position }: Located<readonly ExpectedTransition[]>,
  played: readonly PlayedAlarm[],
): TestProblem[] {
  return concerned(expected, played).flatMap(({ alarm: { key }, transitions }) => {
    const found: TestProblem[] = [];
    const open = new Set(transitions);
    for (const each of expected.filter(({ alarm }) => alarm === key)) {
      const actual = [...open].find(
        ({ time, from, to }) => time === each.time && to === each.to && from === (each.from ?? from),
      );
      if (actual) {
        open.delete(actual);
        found.push(...wrongReason(key, each.time, each.reason, actual, each.position));
        continue;
      }
      const change = `${each.from === undefined ? "" : `${each.from} -> `}${each.to}`;
      found.push({
        alarm: key,
        time: each.time,
        position: each.position,
        message: `at ${offset(each.time)} ${key} doesn't go ${each.from === undefined ? "to " : ""}${change}`,
        details: happened(transitions),
      });
    }
    for (const { time, from, to, reason } of open)
      found.push({
        alarm: key,
        time,
        position,
        message: `at ${offset(time)} ${key} goes ${from} -> ${to}, which isn't expected`,
        details: [reason],
      });
    return found;
  });
}

function happened(transitions: readonly PlayedTransition[]): readonly string[] {
  if (transitions.length === 0) return ["it never changes"];
  const shown = transitions.slice(0, 8).map(({ time, from, to }) => `${offset(time)} ${from} -> ${to}`);
  const more = transitions.length - shown.length;
  return [`its changes: ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`];
}

function wrongReason(
  alarm: string,
  time: number,
  { is, contains }: ExpectedReason,
  { reason }: PlayedTransition,
  position: TestProblem["position"],
): TestProblem[] {
  const expected = is !== undefined && reason !== is ? is : undefined;
  const lacking = contains !== undefined && !reason.includes(contains) ? contains : undefined;
  if (expected === undefined && lacking === undefined) return [];
  return [
    {
      alarm,
      time,
      position,
      message: `the reason of ${alarm} at ${offset(time)} ${expected === undefined ? "doesn't hold the text" : "is another"}`,
      details: [`expected: ${expected === undefined ? `… ${lacking} …` : expected}`, `it is:    ${reason}`],
    },
  ];
}

function judgeActions(
  { value: expected, position }: Located<readonly ExpectedActions[]>,
  played: readonly PlayedAlarm[],
): TestProblem[] {
  return concerned(expected, played).flatMap(({ alarm: { key }, actions }) => {
    const found: TestProblem[] = [];
    const open = new Set(actions);
    for (const each of expected.filter(({ alarm }) => alarm === key)) {
      const actual = [...open].find((ran) => ran.time === each.time && ranAs(ran, each));
      if (actual) open.delete(actual);
      else
        found.push({
          alarm: key,
          time: each.time,
          position: each.position,
          message: `at ${offset(each.time)} no ${each.state === undefined ? "" : `${each.state} `}actions of ${key} run${each.to ? ` that reach ${each.to.join(" and ")} alone` : ""}`,
          details: [
            actions.length === 0 ? "none ever run" : `those that run: ${actions.map(shown).join("; ")}`,
          ],
        });
    }
    for (const ran of open)
      found.push({
        alarm: key,
        time: ran.time,
        position,
        message: `at ${offset(ran.time)} actions of ${key} run that aren't expected`,
        details: [shown(ran)],
      });
    return found;
  });
}

function ranAs(ran: PlayedActions, { state, to }: ExpectedActions): boolean {
  if (state !== undefined && state !== ran.state) return false;
  if (to === undefined) return true;
  const reaches = (target: string, end: string): boolean =>
    target === end || target.endsWith(`:${end}`) || target.endsWith(`/${end}`);
  return (
    to.every((end) => ran.targets.some((target) => reaches(target, end))) &&
    ran.targets.every((target) => to.some((end) => reaches(target, end)))
  );
}

function shown({ time, state, targets }: PlayedActions): string {
  return `${offset(time)} ${state} -> ${targets.map((arn) => arn.split(":").at(-1)).join(", ")}`;
}
