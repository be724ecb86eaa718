import type { AlarmDefinition, AlarmPolicy } from "../../model/alarm-policy.ts";
import type { AlarmSpec } from "../../model/alarm-spec.ts";
import type { Resource } from "../../model/resource.ts";
import type { DeletionProof } from "../../plan/limits.ts";
import type { Reason } from "../../plan/plan.ts";
import type { AlarmIdentity } from "../spec/identity.ts";

/** One alarm that the configuration asks for, with what led to it. `spec.alarmDescription` is the human text without our mark. */
export interface DesiredAlarm {
  /** `formatIdentity` of who it is. */
  readonly identity: string;
  /** `spec.alarmName`, without working out the whole spec. */
  readonly name: string;
  readonly spec: AlarmSpec;
  readonly policy: AlarmPolicy;
  readonly definition: AlarmDefinition;
  readonly resource?: Resource | undefined;
  /** Create only when this holds; never a reason to delete. */
  readonly createOnlyIfSeen: boolean;
  /** Several live series fit and freshness decides between them: candidates, as dimension sets. */
  readonly candidates?: readonly (readonly { readonly name: string; readonly value: string }[])[] | undefined;
  /** Identities of the alarms that a composite's rule needs: without one of them it can't be saved. */
  readonly needs?: readonly string[] | undefined;
}

/** An alarm that is not asked for where somebody might expect it, and why. */
export interface SkippedAlarm {
  readonly policy: string;
  readonly alarm: string;
  readonly resource?: Resource | undefined;
  readonly reason: Reason;
}

/** What should become of an alarm of ours that no desired alarm claims. */
export type Fate =
  /** The configuration no longer wants it, or its resource is seen terminated: enough in a complete scope, within limits. */
  | { readonly verdict: "delete"; readonly reason: Reason; readonly proof: DeletionProof }
  /** It stays: data gone, facts changed, resource stopped. */
  | { readonly verdict: "keep"; readonly reason: Reason }
  /** Its resource isn't in the listing: a direct look must prove that it is gone. */
  | { readonly verdict: "absent"; readonly resourceType: string; readonly resourceId: string };

/** Everything the configuration asks for in one account and region. */
export interface DesiredAlarms {
  readonly alarms: ReadonlyMap<string, DesiredAlarm>;
  readonly skipped: readonly SkippedAlarm[];
  /** Judges an alarm of this configuration that is not among `alarms`. */
  fateOf(identity: AlarmIdentity): Fate;
}
