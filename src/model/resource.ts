/** Tags of a resource, by key. */
export type Tags = Readonly<Record<string, string>>;

/** What a resource type knows about a resource beyond its name: sizes, states, capabilities. */
export type FactValue = string | number | boolean | readonly string[];
export type Facts = Readonly<Record<string, FactValue | undefined>>;

/**
 * One thing in an account that can be watched.
 * `type` is `<service>.<kind>`, for example `ec2.instance`; `name` is what people call it (the Name tag, else the id).
 */
export interface Resource {
  readonly arn: string;
  readonly type: string;
  readonly account: string;
  readonly region: string;
  readonly id: string;
  readonly name: string;
  /** Lifecycle state in the service's own words (`running`, `in-use`); `terminated` means gone for good. */
  readonly state: string;
  readonly tags: Tags;
  readonly facts: Facts;
}
