/** One measurement that a configuration asks for. */
export interface Measurement {
  /** Section of `metrics_collected`: `mem`, `LogicalDisk`. */
  readonly plugin: string;
  /** As the plugin names it: `used_percent`, `% Free Space`. */
  readonly counter: string;
  readonly rename: string | undefined;
  readonly unit: string | undefined;
  /** Seconds. */
  readonly interval: number;
  /** Undefined: the plugin's own default. */
  readonly resources: readonly string[] | undefined;
  readonly dropDevice: boolean;
  readonly totalCpu: boolean;
  readonly ignoredFileSystems: readonly string[];
  /** Dimensions that the section itself appends. */
  readonly dimensions: Readonly<Record<string, string>>;
}

/** A configuration the agent took. */
export interface AgentConfiguration {
  readonly text: string;
  /** Where it came from: a parameter's name, `default`. */
  readonly source: string;
  readonly namespace: string;
  /** Global `append_dimensions`; undefined when it has none and the host's name is the dimension. */
  readonly appended: readonly AppendedDimension[] | undefined;
  readonly aggregations: readonly (readonly string[])[];
  readonly measurements: readonly Measurement[];
}

/** What the agent can append to every metric. */
export const APPENDED_DIMENSIONS = ["ImageId", "InstanceId", "InstanceType", "AutoScalingGroupName"] as const;

/** One of them. */
export type AppendedDimension = (typeof APPENDED_DIMENSIONS)[number];
