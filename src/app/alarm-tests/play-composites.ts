import type { AlarmTest } from "../../config/alarm-tests/alarm-test-file.ts";
import {
  type CompositeActions,
  type CompositeEvent,
  compositeCreatedReason,
  compositeReason,
  initialCompositeActions,
  stepCompositeActions,
} from "../../engine/composite-alarm.ts";
import { orderComposites } from "../../engine/composite-graph.ts";
import { alarmNameOf, evaluateCompositeRule, referencedAlarms } from "../../engine/composite-rule.ts";
import type { AlarmState } from "../../model/alert.ts";
import { formatArn, parseArn } from "../../model/arn.ts";
import { didYouMean } from "../../support/suggest.ts";
import type { PlayedActions, PlayedAlarm, PlayedTransition } from "./played.ts";
import { stateActions } from "./state-actions.ts";
import {
  type ReadyAlarm,
  type ReadyCompositeAlarm,
  TestNotRunnable,
  type TestProblem,
} from "./tested-alarm.ts";

/** A change of any alarm that composites may look at, by its name in CloudWatch. */
interface Change {
  readonly time: number;
  readonly alarm: string;
  readonly state: AlarmState;
}

/**
 * Plays composite alarms over the changes of their children and the states that the test gives for alarms it doesn't hold.
 * At one moment metric alarms change first, then composites, children before parents.
 */
export function playComposites(
  test: AlarmTest,
  alarms: readonly ReadyAlarm[],
  metric: readonly PlayedAlarm[],
  seconds: number,
): readonly PlayedAlarm[] {
  const composites = inOrder(alarms.filter((alarm) => alarm.kind === "composite"));
  checkChildren(test, alarms, composites);
  if (composites.length === 0) return [];

  const states = new Map<string, AlarmState>();
  for (const { alarm, before } of metric) states.set(alarm.name, before);
  for (const { alarm, changes } of test.states)
    states.set(alarm, changes[0]?.time === 0 ? changes[0].state : "INSUFFICIENT_DATA");
  const players = composites.map((alarm) => new CompositePlayer(alarm, test));
  for (const player of players) player.begin(states);

  for (const changes of byTime(changesOf(test, metric))) {
    const time = changes[0]?.time ?? 0;
    if (time > seconds) break;
    for (const player of players) player.pass(time);
    const now = new Map<string, AlarmState>();
    for (const { alarm, state } of changes) {
      if (states.get(alarm) !== state) now.set(alarm, state);
      states.set(alarm, state);
    }
    for (const player of players) {
      const before = player.state;
      player.hold(time, now);
      player.look(time, states, now);
      if (player.state !== before) now.set(player.name, player.state);
    }
    // A suppressor may be a composite that was looked at later.
    for (const player of players) player.hold(time, now);
  }
  for (const player of players) player.pass(seconds);
  return players.map((player) => player.played());
}

class CompositePlayer {
  readonly name: string;
  readonly #alarm: ReadyCompositeAlarm;
  readonly #start: number;
  readonly #existed: boolean;
  readonly #children: ReadonlySet<string>;
  readonly #suppressor: string | undefined;
  readonly #transitions: PlayedTransition[] = [];
  readonly #actions: PlayedActions[] = [];
  #before: AlarmState = "INSUFFICIENT_DATA";
  #state: AlarmState = "INSUFFICIENT_DATA";
  #suppression: CompositeActions = initialCompositeActions("INSUFFICIENT_DATA");

  constructor(alarm: ReadyCompositeAlarm, test: AlarmTest) {
    this.name = alarm.name;
    this.#alarm = alarm;
    this.#start = test.start;
    this.#existed = test.before !== undefined;
    this.#children = new Set(referencedAlarms(alarm.rule).map(alarmNameOf));
    const { actionsSuppressor } = alarm.spec;
    this.#suppressor = actionsSuppressor === undefined ? undefined : alarmNameOf(actionsSuppressor);
  }

  get state(): AlarmState {
    return this.#state;
  }

  /** A composite that existed before stands as its rule says; a new one is evaluated at once. */
  begin(states: Map<string, AlarmState>): void {
    const held = this.#suppressor !== undefined && states.get(this.#suppressor) === "ALARM";
    const state = this.#evaluate(states);
    if (this.#existed) {
      this.#before = state;
      this.#state = state;
      this.#suppression = initialCompositeActions(state, held);
    } else {
      this.#suppression = initialCompositeActions("INSUFFICIENT_DATA", held);
      this.#become(0, state, () => compositeCreatedReason(this.#alarm.arn, state));
    }
    states.set(this.name, state);
  }

  /** Lets a wait or extension period that ends by `time` end. */
  pass(time: number): void {
    const { until } = this.#suppression;
    if (until !== undefined && until <= time) this.#step({ kind: "time" }, until);
  }

  /** Notes that the suppressor changed. */
  hold(time: number, changed: ReadonlyMap<string, AlarmState>): void {
    const state = this.#suppressor === undefined ? undefined : changed.get(this.#suppressor);
    if (state) this.#step({ kind: "suppressor", inAlarm: state === "ALARM" }, time);
  }

  /** Looks at the children that changed at one moment. */
  look(time: number, states: Map<string, AlarmState>, changed: ReadonlyMap<string, AlarmState>): void {
    const { rule } = this.#alarm;
    const child = [...changed].findLast(([name]) => this.#children.has(name));
    if (!child) return;
    const [name, childState] = child;
    const reference = referencedAlarms(rule).find((each) => alarmNameOf(each) === name) ?? name;
    const state = this.#evaluate(states);
    this.#become(time, state, () =>
      compositeReason({ arn: this.#arnOf(reference), state: childState, time: this.#start + time }),
    );
    states.set(this.name, state);
  }

  played(): PlayedAlarm {
    return {
      alarm: this.#alarm,
      before: this.#before,
      transitions: this.#transitions,
      actions: this.#actions,
    };
  }

  #evaluate(states: ReadonlyMap<string, AlarmState>): AlarmState {
    const holds = evaluateCompositeRule(
      this.#alarm.rule,
      (reference) => states.get(alarmNameOf(reference)) ?? "INSUFFICIENT_DATA",
    );
    return holds ? "ALARM" : "OK";
  }

  #become(time: number, to: AlarmState, reason: () => string): void {
    if (to === this.#state) return;
    this.#transitions.push({ time, from: this.#state, to, reason: reason() });
    this.#state = to;
    this.#step({ kind: "composite", state: to }, time);
  }

  #step(event: CompositeEvent, time: number): void {
    const { spec } = this.#alarm;
    const periods = {
      waitPeriod: this.#suppressor === undefined ? 0 : (spec.actionsSuppressorWaitPeriod ?? 0),
      extensionPeriod: this.#suppressor === undefined ? 0 : (spec.actionsSuppressorExtensionPeriod ?? 0),
    };
    const { actions, run } = stepCompositeActions(periods, this.#suppression, event, time);
    this.#suppression = actions;
    if (run) this.#actions.push(...stateActions(spec, time, run));
  }

  /** The ARN of a child: its rule may name it by name. */
  #arnOf(reference: string): string {
    if (parseArn(reference)) return reference;
    const own = parseArn(this.#alarm.arn);
    return own ? formatArn({ ...own, resource: `alarm:${reference}` }) : reference;
  }
}

function inOrder(composites: readonly ReadyCompositeAlarm[]): readonly ReadyCompositeAlarm[] {
  const byName = new Map(composites.map((alarm) => [alarm.name, alarm]));
  const { ordered, blocked } = orderComposites(new Map(composites.map(({ name, rule }) => [name, rule])));
  const stuck = blocked.flatMap((name) => byName.get(name) ?? []);
  if (stuck.length > 0)
    throw new TestNotRunnable(
      stuck.map(({ key, position }) => ({
        message: `alarm "${key}" depends on itself through its rule; CloudWatch stops evaluating such alarms`,
        position,
      })),
    );
  return ordered.flatMap((name) => byName.get(name) ?? []);
}

/** Every alarm that a rule or a suppressor names must be known, and states are given only for alarms that are named. */
function checkChildren(
  test: AlarmTest,
  alarms: readonly ReadyAlarm[],
  composites: readonly ReadyCompositeAlarm[],
): void {
  const problems: TestProblem[] = [];
  const tested = new Map(alarms.map((alarm) => [alarm.name, alarm]));
  const given = new Set(test.states.map(({ alarm }) => alarm));
  const wanted = new Set<string>();
  for (const { key, rule, spec, position } of composites) {
    const suppressor = spec.actionsSuppressor === undefined ? [] : [spec.actionsSuppressor];
    for (const name of new Set([...referencedAlarms(rule), ...suppressor].map(alarmNameOf))) {
      wanted.add(name);
      if (tested.has(name) || given.has(name)) continue;
      const guess = didYouMean(name, [...tested.keys(), ...given]);
      problems.push({
        message: `alarm "${key}" looks at alarm "${name}", which the test doesn't have.${guess} Test it too, or give its state under states:`,
        position,
      });
    }
  }
  for (const { alarm, position } of test.states) {
    if (tested.has(alarm))
      problems.push({
        message: `the state of "${alarm}" follows from its series: don't give it under states:`,
        position,
      });
    else if (!wanted.has(alarm))
      problems.push({ message: `no composite alarm of this test looks at "${alarm}"`, position });
  }
  if (problems.length > 0) throw new TestNotRunnable(problems);
}

function changesOf(test: AlarmTest, metric: readonly PlayedAlarm[]): readonly Change[] {
  return [
    ...metric.flatMap(({ alarm, transitions }) =>
      transitions.map(({ time, to }) => ({ time, alarm: alarm.name, state: to })),
    ),
    ...test.states.flatMap(({ alarm, changes }) =>
      changes.map(({ time, state }) => ({ time, alarm, state })),
    ),
  ];
}

function byTime(changes: readonly Change[]): readonly (readonly Change[])[] {
  const groups = new Map<number, Change[]>();
  for (const change of changes) {
    const group = groups.get(change.time);
    if (group) group.push(change);
    else groups.set(change.time, [change]);
  }
  return [...groups].sort(([a], [b]) => a - b).map(([, group]) => group);
}
