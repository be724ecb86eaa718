import { formatArn } from "../../../model/arn.ts";
import { partitionOf } from "../../../model/partition.ts";
import type { Cloud, StateKey } from "../../cloud.ts";
import { AlarmHistory } from "./alarm-history.ts";
import type { AlarmKind, AlarmRecord, CompositeAlarmRecord } from "./alarm-record.ts";
import { SortedNames } from "./sorted-names.ts";

/** What happened to an alarm. `record.alarm` is already as it is after it; the alarms themselves are never changed in place. */
export type AlarmEvent =
  | { readonly type: "Create" | "Delete"; readonly record: AlarmRecord; readonly now: Date }
  | {
      readonly type: "Update";
      readonly record: AlarmRecord;
      readonly previous: AlarmRecord["alarm"];
      readonly now: Date;
    }
  /** Its state changed, or what suppresses its actions. */
  | {
      readonly type: "State";
      readonly record: AlarmRecord;
      readonly previous: AlarmRecord["alarm"];
      readonly now: Date;
    };

/** A change within the last moments: what a listing that lags behind still shows. */
interface Change {
  readonly time: number;
  readonly name: string;
  /** The record with its alarm as it was before; undefined when there was none. */
  readonly before: AlarmRecord | undefined;
}

/** Every alarm of one account and region, with its history. */
export class AlarmStore {
  readonly account: string;
  readonly region: string;
  readonly cloud: Cloud;
  readonly history = new AlarmHistory();
  readonly #records = new Map<string, AlarmRecord>();
  readonly #names: Readonly<Record<AlarmKind, SortedNames>> = {
    MetricAlarm: new SortedNames(),
    CompositeAlarm: new SortedNames(),
  };
  /** Composite alarms by the name of an alarm they refer to. */
  readonly #parents = new Map<string, Set<string>>();
  #changes: Change[] = [];
  readonly #listeners: ((event: AlarmEvent) => void)[] = [];

  constructor(account: string, region: string, cloud: Cloud) {
    this.account = account;
    this.region = region;
    this.cloud = cloud;
  }

  arnOf(name: string): string {
    const { account, region } = this;
    return formatArn({
      partition: partitionOf(region),
      service: "cloudwatch",
      region,
      account,
      resource: `alarm:${name}`,
    });
  }

  /** Calls the listener for everything that happens to an alarm from now on. */
  listen(listener: (event: AlarmEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** Tells the listeners. Whoever changes an alarm says what it meant. */
  tell(event: AlarmEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  get size(): number {
    return this.#records.size;
  }

  get(name: string): AlarmRecord | undefined {
    return this.#records.get(name);
  }

  /** Names of one kind in their order. */
  names(kind: AlarmKind): SortedNames {
    return this.#names[kind];
  }

  records(): Iterable<AlarmRecord> {
    return this.#records.values();
  }

  add(record: AlarmRecord): void {
    this.#noteChange(record.name, undefined);
    this.#records.set(record.name, record);
    this.#names[record.kind].add(record.name);
    if (record.kind === "CompositeAlarm") this.#link(record);
  }

  /** Replaces the alarm of a record. Everything that changes an alarm goes through here. */
  replace<R extends AlarmRecord>(record: R, alarm: R["alarm"]): void {
    this.#noteChange(record.name, record);
    record.alarm = alarm;
  }

  /** Gives a composite alarm another rule and suppressor. */
  relink(
    record: CompositeAlarmRecord,
    links: Pick<CompositeAlarmRecord, "rule" | "children" | "suppressor">,
  ): void {
    this.#unlink(record);
    Object.assign(record, links);
    this.#link(record);
  }

  remove(record: AlarmRecord): void {
    this.#noteChange(record.name, record);
    this.#records.delete(record.name);
    this.#names[record.kind].delete(record.name);
    if (record.kind === "CompositeAlarm") this.#unlink(record);
  }

  /** Names of composite alarms that refer to this alarm in their rule or as suppressor, in order. */
  parentsOf(name: string): readonly string[] {
    return [...(this.#parents.get(name) ?? [])].sort();
  }

  /**
   * The alarms a listing at `now` doesn't show as they are, because listings lag behind writes:
   * by name the record as it was, or undefined where there was none. Undefined when nothing lags.
   */
  stale(now: number): ReadonlyMap<string, AlarmRecord | undefined> | undefined {
    const lag = this.#lag();
    if (lag === 0 || this.#changes.length === 0) return undefined;
    const found = new Map<string, AlarmRecord | undefined>();
    for (const change of this.#changes)
      if (change.time > now - lag && !found.has(change.name)) found.set(change.name, change.before);
    return found.size > 0 ? found : undefined;
  }

  #lag(): number {
    return this.cloud.faults.listLagMs;
  }

  #noteChange(name: string, before: AlarmRecord | undefined): void {
    const lag = this.#lag();
    if (lag === 0) {
      if (this.#changes.length > 0) this.#changes = [];
      return;
    }
    const time = this.cloud.clock.time();
    const first = this.#changes[0];
    if (first && first.time < time - 2 * lag)
      this.#changes = this.#changes.filter((change) => change.time >= time - lag);
    this.#changes.push({ time, name, before: before && { ...before } });
  }

  #link(parent: CompositeAlarmRecord): void {
    for (const child of dependsOn(parent)) {
      const parents = this.#parents.get(child);
      if (parents) parents.add(parent.name);
      else this.#parents.set(child, new Set([parent.name]));
    }
  }

  #unlink(parent: CompositeAlarmRecord): void {
    for (const child of dependsOn(parent)) {
      const parents = this.#parents.get(child);
      parents?.delete(parent.name);
      if (parents?.size === 0) this.#parents.delete(child);
    }
  }
}

function dependsOn(composite: CompositeAlarmRecord): ReadonlySet<string> {
  const { children, suppressor } = composite;
  return new Set(suppressor === undefined ? children : [...children, suppressor]);
}

/** The alarms of an account and region: `cloud.state(alarmStoreKey, account, region)`. */
export const alarmStoreKey: StateKey<AlarmStore> = {
  name: "cloudwatch-alarms",
  create: (account, region, cloud) => new AlarmStore(account, region, cloud),
};
