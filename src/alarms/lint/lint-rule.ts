// Lint: alarms that can't fire, only make noise, or reach nobody. One file per rule in rules/, and the registry that lists them.
import type { AlarmDefinition, AlarmPolicy, Severity } from "../../model/alarm-policy.ts";
import type { AlarmSpec } from "../../model/alarm-spec.ts";
import type { Resource } from "../../model/resource.ts";
import type { Diagnostic } from "../../support/diagnostic.ts";
import type { SeriesIndex } from "../desired/series/series.ts";
import { validateAlarmSpec } from "../validation/spec-validation.ts";

/** `error`: it can't do what it is for. `warning`: it does so badly. `info`: worth knowing. */
export type LintSeverity = "error" | "warning" | "info";

/** How an alarm stands in its account. */
export interface LiveFacts {
  readonly stateValue: string;
  /** When it got into its state, as far as CloudWatch says. */
  readonly since: Date | undefined;
  readonly actionsEnabled: boolean;
  /** When its configuration was last written. */
  readonly updatedAt: Date | undefined;
  /** It carries the mark of some configuration of ours. */
  readonly ours: boolean;
  /** Its actions are off because it is new and still settling (`quietStart`). */
  readonly settling: boolean;
}

/** One alarm to be judged: desired, existing, or both. */
export interface LintSubject {
  readonly spec: AlarmSpec;
  readonly account: string;
  readonly region: string;
  readonly policy: AlarmPolicy | undefined;
  readonly definition: AlarmDefinition | undefined;
  /** Whose metric it is, where that is known. */
  readonly resource: Resource | undefined;
  /** It is created only once its metric was seen. */
  readonly createOnlyIfSeen: boolean;
  /** Undefined for an alarm that doesn't exist yet. */
  readonly live: LiveFacts | undefined;
  /** What `validateAlarmSpec` says of it. */
  readonly problems: readonly Diagnostic[];
}

/** A subject; what isn't given is unknown. */
export function lintSubject(
  given: Pick<LintSubject, "spec" | "account" | "region"> & Partial<LintSubject>,
): LintSubject {
  let problems: readonly Diagnostic[] | undefined;
  return {
    policy: undefined,
    definition: undefined,
    resource: undefined,
    createOnlyIfSeen: false,
    live: undefined,
    ...given,
    get problems() {
      problems ??= validateAlarmSpec(given.spec, given.resource);
      return problems;
    },
  };
}

/** How much a person should care, where the configuration says. */
export function severityOf({ definition }: LintSubject): Severity | undefined {
  return definition?.severity;
}

/** What happened to one alarm lately. */
export interface AlarmPast {
  /** Times it went to ALARM. */
  readonly alarms: number;
  /** Those among them within an hour of the last recovery. */
  readonly flaps: number;
  /** Times it went to INSUFFICIENT_DATA. */
  readonly dataEnds: number;
  /** Actions that failed, and what CloudWatch said of the last one. */
  readonly failedActions: number;
  readonly lastFailure: string | undefined;
}

/** Resources of the types that were listed. */
export interface KnownResources {
  find(type: string, id: string): Resource | undefined;
  /** Whether the type was listed whole, so that what isn't found doesn't exist. */
  complete(type: string): boolean;
}

/** What is known of one account and region. Undefined: it wasn't asked for, and rules that need it don't speak. */
export interface LintFacts {
  readonly now?: Date | undefined;
  /** Names of all alarms that exist or will. */
  readonly alarmNames?: ReadonlySet<string> | undefined;
  /** Names of alarms that some composite's rule names. */
  readonly children?: ReadonlySet<string> | undefined;
  /** By what they watch and when they fire: alarms that do the same. */
  readonly twins?: ReadonlyMap<string, readonly string[]> | undefined;
  /** Series that had data in the last two weeks. */
  readonly series?: SeriesIndex | undefined;
  /** ARNs of topics that exist or that the plan makes. */
  readonly topics?: ReadonlySet<string> | undefined;
  /** KMS keys of encrypted topics, by ARN. */
  readonly topicKeys?: ReadonlyMap<string, string> | undefined;
  readonly past?: { readonly days: number; readonly of: ReadonlyMap<string, AlarmPast> } | undefined;
  readonly resources?: KnownResources | undefined;
}

/** The facts that a reading of the account gives. */
export type LintFact = "alarmNames" | "series" | "topics" | "topicKeys" | "past" | "resources";

/** One thing wrong with one alarm. */
export interface RuleFinding {
  /** What is so, and what follows from it: one sentence that doesn't begin with the alarm's name. */
  readonly message: string;
  /** In place of the rule's. */
  readonly severity?: LintSeverity;
  readonly remedy?: string;
}

/** One rule. Adding one is one file with one of these, and one line in the registry. */
export interface LintRule {
  /** Which part of the documentation's table it stands in. */
  readonly about: "cannot fire" | "noise" | "nobody hears" | "silence" | "order";
  readonly severity: LintSeverity;
  /** What it finds, as a sentence of the documentation. */
  readonly title: string;
  /** What to do, unless a finding knows better. */
  readonly remedy: string;
  /** Facts without which it can't speak. */
  readonly needs?: readonly LintFact[];
  check(subject: LintSubject, facts: LintFacts): Iterable<RuleFinding>;
}
