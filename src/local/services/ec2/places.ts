import type { AvailabilityZone } from "@aws-sdk/client-ec2";
import { dnsSuffix } from "../../../model/partition.ts";
import { AwsError } from "../../aws-error.ts";
import { regionsOf, zonesOf } from "../../regions.ts";
import type { Handlers } from "../../service.ts";
import { dryRun, invalidValue } from "./errors.ts";
import { compileFilters } from "./filters.ts";

/** Regions and availability zones. */
export const places = {
  DescribeRegions(input, { partition, region: own }) {
    dryRun(input.DryRun);
    const regions = regionsOf(partition).map(({ name, optIn }) => ({
      RegionName: name,
      Endpoint: `ec2.${name}.${dnsSuffix(partition)}`,
      // The region one is working in can't be switched off.
      OptInStatus: !optIn ? "opt-in-not-required" : name === own ? "opted-in" : "not-opted-in",
    }));
    const matches = compileFilters<(typeof regions)[number]>(input.Filters, {
      endpoint: ({ Endpoint }) => Endpoint,
      "opt-in-status": ({ OptInStatus }) => OptInStatus,
      "region-name": ({ RegionName }) => RegionName,
    });
    const names = input.RegionNames ?? [];
    const unknown = names.find((name) => !regions.some(({ RegionName }) => RegionName === name));
    if (unknown !== undefined) throw invalidValue(`Invalid region name provided: ${unknown}`);
    return {
      Regions: regions.filter(
        (region) =>
          (names.length > 0
            ? names.includes(region.RegionName)
            : input.AllRegions || region.OptInStatus !== "not-opted-in") && matches(region),
      ),
    };
  },

  DescribeAvailabilityZones(input, { region }) {
    dryRun(input.DryRun);
    const zones: AvailabilityZone[] = zonesOf(region).map(({ name, id }) => ({
      GroupName: `${region}-zg-1`,
      Messages: [],
      NetworkBorderGroup: region,
      OptInStatus: "opt-in-not-required",
      RegionName: region,
      State: "available",
      ZoneId: id,
      ZoneName: name,
      ZoneType: "availability-zone",
    }));
    const matches = compileFilters<AvailabilityZone>(input.Filters, {
      "group-name": ({ GroupName }) => GroupName,
      message: () => undefined,
      "opt-in-status": ({ OptInStatus }) => OptInStatus,
      "parent-zone-id": () => undefined,
      "parent-zone-name": () => undefined,
      "region-name": ({ RegionName }) => RegionName,
      state: ({ State }) => State,
      "zone-id": ({ ZoneId }) => ZoneId,
      "zone-name": ({ ZoneName }) => ZoneName,
      "zone-type": ({ ZoneType }) => ZoneType,
    });
    const names = input.ZoneNames ?? [];
    const ids = input.ZoneIds ?? [];
    const unknown =
      names.find((name) => !zones.some(({ ZoneName }) => ZoneName === name)) ??
      ids.find((id) => !zones.some(({ ZoneId }) => ZoneId === id));
    if (unknown !== undefined)
      throw new AwsError("InvalidParameterValue", `Invalid availability zone: [${unknown}]`, 400);
    return {
      AvailabilityZones: zones.filter(
        (zone) =>
          (names.length === 0 || names.includes(zone.ZoneName ?? "")) &&
          (ids.length === 0 || ids.includes(zone.ZoneId ?? "")) &&
          matches(zone),
      ),
    };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-ec2")>;
