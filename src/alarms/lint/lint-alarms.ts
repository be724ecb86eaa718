import type { SourcePosition } from "../../model/alarm-policy.ts";
import { positionOf } from "../desired/alarm-blueprint.ts";
import type { LintFacts, LintSeverity, LintSubject } from "./lint-rule.ts";
import { type LintRuleName, lintRule } from "./registry.ts";

/** One thing that is wrong, with every alarm it is wrong with. */
export interface LintFinding {
  readonly rule: LintRuleName;
  readonly severity: LintSeverity;
  /** What is so, and what follows from it. */
  readonly message: string;
  readonly remedy: string;
  /** `policy/alarm` of the configuration, where it comes from one. */
  readonly definition?: string;
  readonly position?: SourcePosition;
  /** What the definition itself says of its weaknesses. */
  readonly notes: readonly string[];
  readonly alarms: readonly { readonly name: string; readonly account: string; readonly region: string }[];
}

const ORDER: readonly LintSeverity[] = ["error", "warning", "info"];

/**
 * Collects findings over several accounts and regions. The same finding about several alarms of one definition, or of nobody's,
 * is one finding.
 */
export class LintCollector {
  readonly #rules: readonly LintRuleName[];
  readonly #found = new Map<string, LintFinding & { readonly alarms: LintFinding["alarms"][number][] }>();
  #judged = 0;
  #ignored = 0;

  constructor(rules: readonly LintRuleName[]) {
    this.#rules = rules;
  }

  /** Alarms that were judged. */
  get judged(): number {
    return this.#judged;
  }

  /** Findings that alarms' own `lint: { ignore: ... }` left out. */
  get ignored(): number {
    return this.#ignored;
  }

  /** Judges one alarm by every rule. */
  judge(subject: LintSubject, facts: LintFacts): void {
    this.#judged += 1;
    const { definition, policy, spec, account, region } = subject;
    const ignored = new Set(definition?.lint?.ignore ?? []);
    const name = definition && policy ? `${policy.name}/${definition.key}` : undefined;
    const position = definition && policy ? positionOf(policy, definition) : undefined;
    for (const rule of this.#rules) {
      const { severity, remedy, check } = lintRule(rule);
      for (const finding of check(subject, facts)) {
        if (ignored.has(rule)) {
          this.#ignored += 1;
          continue;
        }
        const key = JSON.stringify([rule, finding.message, name ?? "", position ?? ""]);
        const alarm = { name: spec.alarmName, account, region };
        const known = this.#found.get(key);
        if (known) known.alarms.push(alarm);
        else
          this.#found.set(key, {
            rule,
            severity: finding.severity ?? severity,
            message: finding.message,
            remedy: finding.remedy ?? remedy,
            ...(name === undefined ? {} : { definition: name }),
            ...(position === undefined ? {} : { position }),
            notes: definition?.about.notes ?? [],
            alarms: [alarm],
          });
      }
    }
  }

  /** What was found, errors first, in the order of the rules. */
  findings(): readonly LintFinding[] {
    const rank = ({ severity, rule }: LintFinding): number =>
      ORDER.indexOf(severity) * 1000 + this.#rules.indexOf(rule);
    return [...this.#found.values()].sort((a, b) => rank(a) - rank(b));
  }
}
