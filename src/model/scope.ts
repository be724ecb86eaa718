/** The unit of completeness: what one listing answers for. */
export interface ScopeKey {
  readonly account: string;
  readonly region: string;
  /** A resource type (`ec2.instance`) or a configuration type (`cloudwatch.alarm`, `sns.topic`). */
  readonly type: string;
}

/** A scope and whether everything in it was seen. Nothing is deleted for an incomplete scope. */
export interface Scope extends ScopeKey {
  readonly complete: boolean;
  /** Why it is incomplete: a code and a sentence. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** `account/region/type`, the first part of every address. */
export function scopeAddress(scope: ScopeKey): string {
  return `${scope.account}/${scope.region}/${scope.type}`;
}
