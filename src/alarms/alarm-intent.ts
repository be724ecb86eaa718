import type { AlarmField } from "./spec/canonical-alarm.ts";

/**
 * What planning is for. `plan`: everything the configuration asks for. `adopt`: somebody's alarms of these names become ours, nothing
 * else. `reset`: one alarm of ours (by name or identity) takes the configuration's values, of all fields or of some, nothing else.
 * `destroy`: every alarm of this configuration goes.
 */
export type AlarmIntent =
  | { readonly kind: "plan" }
  | { readonly kind: "adopt"; readonly names: readonly string[] }
  | { readonly kind: "reset"; readonly alarm: string; readonly fields: "all" | readonly AlarmField[] }
  | { readonly kind: "destroy" };
