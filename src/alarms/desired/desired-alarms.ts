// Desired alarms: which ones should exist, from packs, policies and resources: definitions, names, dimensions, actions, and why not. This
// file: all that a configuration asks for in one account and region, as a pure function of what was listed there.
import type { Reason } from "../../plan/plan.ts";
import type { Diagnostic } from "../../support/diagnostic.ts";
import { formatIdentity } from "../spec/identity.ts";
import { validateFleet } from "../validation/fleet-validation.ts";
import { validateAlarmSpec } from "../validation/spec-validation.ts";
import { type AlarmBlueprint, diagnosticAt, positionOf } from "./alarm-blueprint.ts";
import { AlarmResolver, type DesiredInput } from "./alarm-resolver.ts";
import type { DesiredAlarm, DesiredAlarms, SkippedAlarm } from "./desired-alarm.ts";
import type { DesiredEntry } from "./desired-entry.ts";
import { fateOf } from "./fate.ts";
import type { PolicyView } from "./policy-view.ts";

/** Desired alarms, and what is wrong with the definitions behind them. Alarms of definitions with errors are left out. */
export interface WorkedOutAlarms extends DesiredAlarms {
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Everything the configuration asks for in one account and region.
 *
 * Data decide what is created and never what is deleted: an alarm that data stand against now (metric silent, fact changed, state
 * not selected) is among `skipped`, and `fateOf` keeps one that exists. Only intent deletes: a policy, alarm or dimension value
 * removed or disabled, a selector that no longer matches, or a resource seen terminated.
 */
export function desiredAlarms(input: DesiredInput): WorkedOutAlarms {
  const resolver = new AlarmResolver(input);
  const claims = new Claims();
  const skipped: SkippedAlarm[] = [];
  const reasons = new SharedReasons();
  const validation = new DefinitionChecks();
  for (const view of resolver.views.values()) {
    const passes = view.policy.select ? [undefined, ...resolver.live] : [undefined];
    for (const resource of passes) {
      if (resource && !concerns(view, resource)) continue;
      for (const outcome of resolver.resolve(view, resource)) {
        for (const entry of outcome.entries)
          if (validation.accept(outcome.blueprint, entry)) claims.add(entry);
        for (const reason of outcome.reasons)
          skipped.push({
            policy: view.policy.name,
            alarm: outcome.blueprint.definition.key,
            resource,
            reason: reasons.share(reason),
          });
      }
    }
  }
  claims.settle();
  const ofBlueprints = [...resolver.blueprints()].flatMap(({ definition, diagnostics }) =>
    definition.enabled ? diagnostics : [],
  );
  const diagnostics = distinct([
    ...ofBlueprints,
    ...validation.diagnostics,
    ...claims.diagnostics(),
    ...validateFleet(claims.alarms.values()),
  ]);
  for (const { entry, reason } of claims.refused.values())
    skipped.push({
      policy: entry.policy.name,
      alarm: entry.definition.key,
      resource: entry.resource,
      reason,
    });
  return {
    alarms: claims.alarms,
    skipped,
    diagnostics,
    fateOf(identity) {
      const refused = claims.refused.get(formatIdentity(identity));
      return refused ? { verdict: "keep", reason: refused.reason } : fateOf(resolver, identity);
    },
  };
}

/** Whether somebody might expect alarms of the policy for the resource: it is selected, or left out by a rule that needs explaining. */
function concerns(view: PolicyView, resource: Parameters<PolicyView["judge"]>[0]): boolean {
  const selection = view.judge(resource);
  return selection?.verdict !== "out" || selection.reason.code === "auto-scaling-member";
}

/**
 * Gives every identity and every name to one alarm. Where several want one, none gets it: which of them is meant can't be
 * known, and whoever has the name already keeps it. Two definitions that meet are a mistake of the configuration; two resources
 * of one definition (equal Name tags) may meet without anybody's doing, which is a warning.
 */
class Claims {
  readonly alarms = new Map<string, DesiredAlarm>();
  /** Alarms left out, by identity, and why. */
  readonly refused = new Map<string, { readonly entry: DesiredEntry; readonly reason: Reason }>();
  readonly #names = new Map<string, DesiredEntry>();
  readonly #clashes = new Map<
    string,
    { first: DesiredEntry; second: DesiredEntry; what: string; count: number }
  >();

  add(entry: DesiredEntry): void {
    const sameIdentity =
      (this.alarms.get(entry.identity) as DesiredEntry | undefined) ??
      this.refused.get(entry.identity)?.entry;
    const sameName = this.#names.get(entry.name);
    if (sameIdentity) this.#clash(sameIdentity, entry, `the identity ${entry.identity}`);
    else if (sameName) this.#clash(sameName, entry, `the name "${entry.name}"`);
    else {
      this.#names.set(entry.name, entry);
      this.alarms.set(entry.identity, entry);
    }
  }

  /** Leaves out composites whose rule needs an alarm that was left out. */
  settle(): void {
    if (this.refused.size === 0) return;
    let before = -1;
    while (before !== this.refused.size) {
      before = this.refused.size;
      for (const alarm of this.alarms.values()) {
        const missing = alarm.needs?.find((identity) => this.refused.has(identity));
        if (missing !== undefined)
          this.#refuse(
            alarm as DesiredEntry,
            "sibling-skipped",
            `its rule needs ${missing}, whose name is wanted twice`,
          );
      }
    }
  }

  diagnostics(): Diagnostic[] {
    return [...this.#clashes.values()].map(({ first, second, what, count }) => {
      const more = count > 1 ? ` (and ${count - 1} more)` : "";
      const severity = sameDefinition(first, second) ? "warning" : "error";
      const message = `would have ${what}${more}, which ${whose(first, second)} has; ${remedy(first, second)}`;
      return diagnosticAt(second.policy, second.definition, { severity, code: "duplicate-alarm", message });
    });
  }

  #clash(first: DesiredEntry, second: DesiredEntry, what: string): void {
    const pair = [first, second]
      .map(({ policy, definition }) => `${policy.name}/${definition.key}`)
      .join("\n");
    const known = this.#clashes.get(pair);
    if (known) known.count += 1;
    else this.#clashes.set(pair, { first, second, what, count: 1 });
    this.#refuse(first, "duplicate-name", `${second.identity} would have ${what} too`);
    this.#refuse(second, "duplicate-name", `${first.identity} would have ${what} too`);
  }

  #refuse(entry: DesiredEntry, code: string, text: string): void {
    this.alarms.delete(entry.identity);
    if (!this.refused.has(entry.identity))
      this.refused.set(entry.identity, { entry, reason: { code, text } });
  }
}

function sameDefinition(first: DesiredEntry, second: DesiredEntry): boolean {
  return first.policy === second.policy && first.definition.key === second.definition.key;
}

function whose(first: DesiredEntry, second: DesiredEntry): string {
  if (sameDefinition(first, second))
    return first.resource ? `its alarm for ${first.resource.id}` : "another of its alarms";
  const position = positionOf(first.policy, first.definition);
  const place = position ? ` (${position.file}:${position.line}:${position.column})` : "";
  return `alarm "${first.definition.key}" of policy "${first.policy.name}"${place}`;
}

function remedy(first: DesiredEntry, second: DesiredEntry): string {
  return sameDefinition(first, second)
    ? "put $resource.id into its name"
    : "select apart, or give one of them a name of its own";
}

/**
 * Checks the first alarm of every definition (as overrides left it) against CloudWatch's limits: what differs between its alarms
 * (dimension values, names) is checked where it is filled in.
 */
class DefinitionChecks {
  readonly diagnostics: Diagnostic[] = [];
  readonly #accepted = new Map<unknown, boolean>();

  accept(blueprint: AlarmBlueprint, entry: DesiredEntry): boolean {
    const { definition } = entry;
    const known = this.#accepted.get(definition);
    if (known !== undefined) return known;
    const found = validateAlarmSpec(entry.spec, entry.resource);
    const accepted = found.every(({ severity }) => severity !== "error");
    this.#accepted.set(definition, accepted);
    for (const diagnostic of found)
      this.diagnostics.push(diagnosticAt(blueprint.policy, definition, diagnostic));
    return accepted;
  }
}

/** The same reason is kept once, however many resources share it. */
class SharedReasons {
  readonly #known = new Map<string, Reason>();

  share(reason: Reason): Reason {
    const key = `${reason.code}\n${reason.text}`;
    const known = this.#known.get(key);
    if (known) return known;
    this.#known.set(key, reason);
    return reason;
  }
}

function distinct(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Map<string, Diagnostic>();
  for (const diagnostic of diagnostics) {
    const { severity, code, message, path, line, column } = diagnostic;
    const key = JSON.stringify([severity, code, message, path, line, column]);
    if (!seen.has(key)) seen.set(key, diagnostic);
  }
  return [...seen.values()];
}
