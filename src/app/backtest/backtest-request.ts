import type { Configuration } from "../../model/configuration.ts";

/** Which alarms are replayed. */
export type AlarmSource =
  /** What the configuration asks for now. */
  | { readonly kind: "plan"; readonly configuration: Configuration }
  /** What stands in the account, ours or not. */
  | { readonly kind: "existing" }
  /** Alarms written in a file. */
  | { readonly kind: "file"; readonly path: string };

/** Where history comes from, when not from GetMetricData. */
export interface FileHistory {
  readonly paths: readonly string[];
  /** What the files are a history of; without it each alarm of one metric is replayed on each file. */
  readonly metric?: {
    readonly namespace: string;
    readonly metricName: string;
    readonly dimensions: Readonly<Record<string, string>>;
  };
  /** Seconds between points. */
  readonly period?: number | undefined;
  /** Name of the zone of times that name none. */
  readonly timeZone?: string | undefined;
}

/** A backtest to be made. Times in epoch seconds, durations in seconds. */
export interface BacktestRequest {
  readonly source: AlarmSource;
  /** Accounts and regions to reach; of the configuration, or those at hand. */
  readonly accounts: Pick<Configuration, "accounts" | "regions" | "expectAccounts">;
  readonly cwd: string;
  /** Globs of alarm names; empty for all. */
  readonly names: readonly string[];
  readonly files?: FileHistory | undefined;
  /** The time to replay. Files default to everything they hold, CloudWatch to the last 14 days. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** File of labelled incidents. */
  readonly incidents?: string | undefined;
  readonly delay: number;
  readonly charts: boolean;
}
