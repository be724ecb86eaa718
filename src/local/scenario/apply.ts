import { partitionOf } from "../../model/partition.ts";
import { VirtualClock } from "../clock.ts";
import type { Cloud } from "../cloud.ts";
import { dnsRecordsKey } from "../dns-records.ts";
import { derivedId } from "../fleet/ids.ts";
import type { Instance, Launch } from "../fleet/instance.ts";
import { settled } from "../fleet/lifecycle.ts";
import { privateAddressOf } from "../fleet/network.ts";
import { momentAt } from "../moments.ts";
import type { LocalCloudOptions } from "../server.ts";
import { releaseVolumes } from "../services/ec2/attachments.ts";
import { fleetKey } from "../services/ec2/fleet-key.ts";
import { addInstance, NO_TAGS } from "../services/ec2/provision.ts";
import { createZone, putRecord, withDot } from "../services/route53/zones.ts";
import { createTopic } from "../services/sns/topic.ts";
import { createQueue } from "../services/sqs.ts";
import { makeGenerator } from "./generator-spec.ts";
import { expandTemplate, type ScenarioGroup } from "./groups.ts";
import { numberedGuest, provideProfile, settleGuest } from "./guests.ts";
import type { Scenario } from "./scenario.ts";
import { settleSurroundings } from "./surroundings.ts";

/** What a scenario made. */
export interface AppliedScenario {
  readonly instances: number;
  readonly volumes: number;
}

/** How to make the local cloud that a scenario wants: accounts, seed, faults, clock. `host`: the host's clock in ms, for tests. */
export function cloudOptions(scenario: Scenario, host?: () => number): LocalCloudOptions {
  return {
    accounts: scenario.accounts,
    seed: scenario.seed,
    faults: scenario.faults,
    clock: new VirtualClock({
      ...(scenario.start && { start: scenario.start }),
      ...(host && { host }),
    }),
  };
}

/**
 * Fills a cloud that was made with the scenario's `cloudOptions`. Moments are relative to the cloud's time now.
 * Throws RangeError when a group doesn't fit into its region's network.
 */
export function applyScenario(cloud: Cloud, scenario: Scenario): AppliedScenario {
  const start = cloud.clock.time();
  for (const { account, name, privateZone, records } of scenario.zones) {
    const zone = createZone(cloud, account, name, "scenario", privateZone);
    for (const record of records)
      putRecord(zone, {
        Name: withDot(record.name),
        Type: record.type,
        TTL: record.ttl,
        ResourceRecords: record.values.map((Value) => ({ Value })),
      });
  }
  for (const queue of scenario.queues) createQueue(cloud, placeOf(queue), queue.name);
  for (const topic of scenario.topics) seedTopic(cloud, topic);
  let instances = 0;
  let volumes = 0;
  for (const group of scenario.groups) {
    addGroup(cloud, group, scenario, start);
    instances += group.count;
    volumes += group.count * group.volumes.length;
  }
  return { instances, volumes };
}

/** The same scenario with `total` instances, the groups' shares kept: for measurements. */
export function scaleScenario(scenario: Scenario, total: number): Scenario {
  const before = scenario.groups.reduce((sum, { count }) => sum + count, 0);
  let seen = 0;
  let given = 0;
  const groups = scenario.groups.map((group) => {
    seen += group.count;
    // Cumulative rounding: the counts always add up to the total.
    const count = before === 0 ? 0 : Math.round((seen * total) / before) - given;
    given += count;
    return { ...group, count };
  });
  return { ...scenario, groups };
}

function addGroup(cloud: Cloud, group: ScenarioGroup, scenario: Scenario, start: number): void {
  const fleet = cloud.state(fleetKey, group.account, group.region);
  const launched = momentAt(group.launched, start);
  const ended = Math.max(launched, momentAt(group.ended, start));
  const running = group.state === "running";
  const launch = launchOf(group, scenario, start, launched);
  const phase = settled(group.state, running ? launched : ended);
  const impairments = group.impairments.map(({ check, at, seconds }) => {
    const from = momentAt(at, start);
    return { check, from, until: seconds === undefined ? undefined : from + seconds * 1000 };
  });
  const volumes = group.volumes.map((volume, index) => ({
    ...volume,
    snapshotId: index === 0 ? derivedId("snap", launch.imageId) : "",
  }));
  const runs = running ? [launched] : [launched, ended];
  const zones = fleet.network.subnets.length;
  const instances: Instance[] = [];
  for (let n = 1; n <= group.count; n += 1) {
    const profile =
      group.role && provideProfile(cloud, group.account, group.role, (text) => expandTemplate(text, n));
    const guest = launch.guest && numberedGuest(launch.guest, n);
    const instance = addInstance(fleet, guest === launch.guest ? launch : { ...launch, guest }, {
      reservationId: fleet.newId("r"),
      launchIndex: 0,
      subnet: (n - 1) % zones,
      type: group.type,
      unlimited: group.unlimited,
      detailedMonitoring: group.detailedMonitoring,
      terminationProtected: group.terminationProtected,
      stopProtected: false,
      tags: tagsFor(group.tags, n),
      volumes: volumes.map((volume) => ({ ...volume, tags: tagsFor(volume.tags, n) })),
      phase,
      createdAt: launched,
      runs,
      profile,
    });
    if (!instance)
      throw new RangeError(
        `group "${group.name}": the network of ${group.region} has no room for instance ${n} of ${group.count}; spread them over regions or accounts`,
      );
    if (impairments.length > 0) instance.impairments = impairments;
    if (group.guest) settleGuest(cloud, instance, group.guest, start);
    if (group.state === "terminated") releaseVolumes(fleet, instance, ended);
    nameInDns(cloud, group, instance, n);
    instances.push(instance);
  }
  settleSurroundings(cloud, group, group.surroundings, instances, start);
}

function launchOf(group: ScenarioGroup, scenario: Scenario, start: number, launched: number): Launch {
  const context = { start, recordings: scenario.recordings };
  return {
    imageId:
      group.image ?? derivedId("ami", `${group.region}/${group.platform.details}/${group.type.architecture}`),
    platform: group.platform,
    keyName: undefined,
    clientToken: "",
    guest: group.guest?.profile,
    tenancy: "default",
    spot: group.spot,
    requireToken: true,
    ebsOptimized: group.type.nitro,
    shutdownBehavior: "stop",
    metrics: {
      generators: new Map(
        Object.entries(group.metrics).map(([name, spec]) => [name, makeGenerator(spec, context)]),
      ),
      agents: group.agents.map(({ since, until, ...agent }) => ({
        ...agent,
        since: since ? momentAt(since, start) : launched,
        until: until && momentAt(until, start),
      })),
    },
  };
}

function tagsFor(
  templates: readonly (readonly [string, string | readonly string[]])[],
  n: number,
): ReadonlyMap<string, string> {
  if (templates.length === 0) return NO_TAGS;
  const tags = new Map<string, string>();
  for (const [key, value] of templates)
    tags.set(key, expandTemplate(typeof value === "string" ? value : (value[n - 1] ?? ""), n));
  return tags;
}

function nameInDns(cloud: Cloud, group: ScenarioGroup, instance: Instance, n: number): void {
  const address = privateAddressOf(instance);
  if (group.dnsNames.length === 0 || group.state === "terminated" || address === undefined) return;
  const records = cloud.state(dnsRecordsKey, group.account, "global");
  for (const template of group.dnsNames)
    records.push({
      name: expandTemplate(template, n),
      type: "A",
      ttl: 300,
      values: [address],
    });
}

function seedTopic(cloud: Cloud, { name, queues, ...place }: Scenario["topics"][number]): void {
  const topic = createTopic(cloud, placeOf(place), name);
  for (const queueName of queues) {
    const queue = createQueue(cloud, placeOf(place), queueName);
    const arn = `${topic.arn}:${derivedUuid(`${topic.arn} ${queue.arn}`)}`;
    topic.subscriptions.set(arn, {
      arn,
      topicArn: topic.arn,
      owner: place.account,
      protocol: "sqs",
      endpoint: queue.arn,
      confirmed: true,
      attributes: new Map(),
    });
  }
}

function placeOf({ account, region }: { readonly account: string; readonly region: string }) {
  return { partition: partitionOf(region), account, region };
}

function derivedUuid(text: string): string {
  const digits = `${derivedId("a", text).slice(2)}${derivedId("b", text).slice(2)}`;
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20, 32),
  ].join("-");
}
