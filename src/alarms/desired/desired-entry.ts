import type { AlarmDefinition, AlarmPolicy } from "../../model/alarm-policy.ts";
import type { AlarmSpec } from "../../model/alarm-spec.ts";
import type { Resource } from "../../model/resource.ts";
import type { AlarmBlueprint } from "./alarm-blueprint.ts";
import { buildSpec, type Siblings } from "./build-spec.ts";
import type { DesiredAlarm } from "./desired-alarm.ts";
import type { Combination } from "./series/dimension-plan.ts";
import type { Series } from "./series/series.ts";

/** A desired alarm. `spec` is worked out whenever it is read, so that tens of thousands of them stay small. */
export class DesiredEntry implements DesiredAlarm {
  readonly identity: string;
  readonly name: string;
  readonly policy: AlarmPolicy;
  readonly definition: AlarmDefinition;
  readonly resource: Resource | undefined;
  readonly createOnlyIfSeen: boolean;
  readonly candidates: readonly Series[] | undefined;
  readonly needs: readonly string[] | undefined;
  readonly #blueprint: AlarmBlueprint;
  readonly #combination: Combination;
  readonly #siblings: Siblings | undefined;

  constructor(
    who: { readonly identity: string; readonly name: string; readonly resource: Resource | undefined },
    blueprint: AlarmBlueprint,
    combination: Combination,
    siblings: Siblings | undefined,
  ) {
    const { policy, definition, rule } = blueprint;
    this.identity = who.identity;
    this.name = who.name;
    this.policy = policy;
    this.definition = definition;
    this.resource = who.resource;
    this.createOnlyIfSeen = definition.requireSeen && definition.series === undefined && rule === undefined;
    this.candidates = (combination.candidates?.length ?? 0) > 1 ? combination.candidates : undefined;
    this.needs =
      siblings && [...siblings.values()].flatMap((entries) => entries.map(({ identity }) => identity));
    this.#blueprint = blueprint;
    this.#combination = combination;
    this.#siblings = siblings;
  }

  get spec(): AlarmSpec {
    return buildSpec(this.#blueprint, this.name, this.#combination, this.resource, this.#siblings);
  }
}
