import type { StateKey } from "../../cloud.ts";
import { Fleet } from "../../fleet/fleet.ts";
import { metricStoreKey } from "../../metrics/metric-store-key.ts";
import { fleetMetrics } from "./metrics.ts";

/** The fleet of an account's region; its metrics are there as soon as it is. */
export const fleetKey: StateKey<Fleet> = {
  name: "ec2-fleet",
  create: (account, region, cloud) => {
    const fleet = new Fleet(account, region, cloud);
    cloud.state(metricStoreKey, account, region).attachSource(fleetMetrics(fleet));
    return fleet;
  },
};
