// The alarms of the local cloud live here: metric alarms are evaluated on the clock, each at its own phase; composite alarms when an
// alarm in their rule changes.
import { initialCompositeActions } from "../../../../engine/composite-alarm.ts";
import type { Cloud, StateKey } from "../../../cloud.ts";
import { tellEventBus } from "../alarm-events.ts";
import type { AlarmRecord, CompositeAlarmRecord, MetricAlarmRecord } from "../alarm-record.ts";
import { type AlarmEvent, type AlarmStore, alarmStoreKey } from "../alarm-store.ts";
import { changeSuppression, forgetSuppression, suppressorInAlarm } from "../suppression.ts";
import { type CompositeCause, evaluateComposite } from "./evaluate-composite.ts";
import { MetricAlarmEvaluator } from "./metric-alarm-evaluator.ts";
import { Rounds } from "./rounds.ts";

/** A composite alarm that was put is evaluated so much later, milliseconds. */
const SOON = 1000;

/** The rounds of the whole cloud by their length in milliseconds, so that alarms of all places take turns as they should. */
const roundsKey: StateKey<Map<number, Rounds>> = {
  name: "cloudwatch-evaluation-rounds",
  create: () => new Map(),
};

/** Evaluates the alarms of one account and region. */
class AlarmEvaluations {
  readonly store: AlarmStore;
  readonly #evaluators = new Map<MetricAlarmRecord, MetricAlarmEvaluator>();
  /** Changes of state that composite alarms have yet to hear of, in order. */
  readonly #changed: AlarmRecord[] = [];
  #spreading = false;

  constructor(store: AlarmStore) {
    this.store = store;
    store.listen((event) => this.#hear(event));
    tellEventBus(store);
  }

  #hear({ type, record, now, ...event }: AlarmEvent): void {
    if (type === "State") {
      const previous = (event as { readonly previous: AlarmRecord["alarm"] }).previous;
      if (record.kind === "MetricAlarm") this.#evaluators.get(record)?.disturb();
      if (previous.StateValue !== record.alarm.StateValue) this.#spread(record);
    } else if (record.kind === "MetricAlarm") this.#place(record, type, now);
    else if (type === "Delete") forgetSuppression(record);
    else if (type === "Create") {
      const { suppressor, alarm } = record;
      if (suppressor !== undefined)
        record.suppression = initialCompositeActions(
          alarm.StateValue,
          suppressorInAlarm(this.store, suppressor),
        );
      this.#evaluateSoon(record, "created", now);
    } else {
      const previous = (event as { readonly previous: CompositeAlarmRecord["alarm"] }).previous;
      if (previous.ActionsSuppressor !== record.alarm.ActionsSuppressor) {
        const { suppressor } = record;
        const inAlarm = suppressor !== undefined && suppressorInAlarm(this.store, suppressor);
        changeSuppression(this.store, record, { kind: "suppressorReplaced", inAlarm }, now);
      }
      this.#evaluateSoon(record, "updated", now);
    }
  }

  /** Begins, ends or changes the evaluation of a metric alarm. */
  #place(record: MetricAlarmRecord, type: "Create" | "Update" | "Delete", now: Date): void {
    const before = this.#evaluators.get(record);
    if (before) this.#rounds(before.cycle).remove(before);
    this.#evaluators.delete(record);
    if (type === "Delete") return;
    const warmingSince = type === "Create" ? now.getTime() / 1000 : before?.warmingSince;
    const evaluator = new MetricAlarmEvaluator(this.store, record, warmingSince);
    this.#evaluators.set(record, evaluator);
    this.#rounds(evaluator.cycle).add(evaluator);
  }

  #rounds(cycle: number): Rounds {
    const { cloud } = this.store;
    const all = cloud.state(roundsKey, "global", "global");
    const rounds = all.get(cycle) ?? new Rounds(cloud.clock, cycle);
    all.set(cycle, rounds);
    return rounds;
  }

  #evaluateSoon(record: CompositeAlarmRecord, cause: CompositeCause, now: Date): void {
    this.store.cloud.clock.at(now.getTime() + SOON, (time) => {
      if (this.store.get(record.name) === record) evaluateComposite(this.store, record, cause, time);
    });
  }

  /** Tells composite alarms of a change of state, and those above them of what that changed. */
  #spread(record: AlarmRecord): void {
    this.#changed.push(record);
    if (this.#spreading) return;
    this.#spreading = true;
    try {
      for (let next = this.#changed.shift(); next; next = this.#changed.shift()) this.#tellParents(next);
    } finally {
      this.#spreading = false;
      this.#changed.length = 0;
    }
  }

  #tellParents(changed: AlarmRecord): void {
    const { store } = this;
    const { StateValue, StateTransitionedTimestamp: now } = changed.alarm;
    for (const name of store.parentsOf(changed.name)) {
      const parent = store.get(name);
      if (parent?.kind !== "CompositeAlarm") continue;
      // A suppressor in the rule suppresses what its own change leads to.
      if (parent.suppressor === changed.name)
        changeSuppression(store, parent, { kind: "suppressor", inAlarm: StateValue === "ALARM" }, now);
      if (parent.children.includes(changed.name)) evaluateComposite(store, parent, changed, now);
    }
  }
}

const evaluationsKey: StateKey<AlarmEvaluations> = {
  name: "cloudwatch-evaluations",
  create: (account, region, cloud) => new AlarmEvaluations(cloud.state(alarmStoreKey, account, region)),
};

/** The alarms of an account and region, evaluated from the first one on. */
export function alarmsOf(cloud: Cloud, account: string, region: string): AlarmStore {
  return cloud.state(evaluationsKey, account, region).store;
}
