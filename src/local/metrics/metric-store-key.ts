import type { StateKey } from "../cloud.ts";
import { StoredMetrics } from "./stored-metrics.ts";

/** Where the metrics of an account and region are found: `cloud.state(metricStoreKey, account, region)`. */
export const metricStoreKey: StateKey<StoredMetrics> = {
  name: "cloudwatch-metrics",
  create: (_account, _region, cloud) => new StoredMetrics(cloud.clock),
};
