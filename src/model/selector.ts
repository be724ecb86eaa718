/** A condition on one tag. `pattern` is a glob with `*` and `?`. */
export type TagCondition =
  | { readonly anyOf: readonly string[] }
  | { readonly exists: boolean }
  | { readonly pattern: string };

/**
 * Which resources a policy speaks of. Every given field must match; within a field any value is enough.
 * Names, DNS names, ids, regions and accounts are globs with `*` and `?`.
 */
export interface Selector {
  readonly types?: readonly string[];
  readonly tags?: Readonly<Record<string, TagCondition>>;
  readonly states?: readonly string[];
  readonly names?: readonly string[];
  readonly ids?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly regions?: readonly string[];
  readonly accounts?: readonly string[];
}
