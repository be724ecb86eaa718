import type { Pack } from "../model/alarm-policy.ts";

/** What a configuration may refer to, handed in: this folder knows no resource types and no packs of its own. */
export interface ConfigRegistries {
  /** By name, with the facts that each type fills in; the inventory's registry has this shape. */
  readonly resourceTypes: Readonly<Record<string, { readonly facts: Readonly<Record<string, unknown>> }>>;
  readonly packs: Readonly<Record<string, Pack>>;
}
