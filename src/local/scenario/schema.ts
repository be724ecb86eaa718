import { z } from "zod";
import { strict } from "../../config/schema-parts.ts";
import { PLATFORMS, type PlatformName } from "../fleet/platforms.ts";
import type { VolumeType } from "../fleet/volume.ts";
import { VOLUME_TYPES } from "../services/ec2/volume-types.ts";
import { generatorSchema } from "./generator-spec.ts";
import { guestSchema, profileSchema } from "./guests.ts";
import { accountId, duration, moment, regionName } from "./parts.ts";
import { surroundingsSchema } from "./surroundings.ts";

/** The version of scenarios that this program reads. */
export const SCENARIO_VERSION = 1;

const place = { account: accountId.optional(), region: regionName.optional() };
const tagValue = z.union([z.string(), z.number(), z.boolean()], { error: "must be text" });

const account = strict({
  id: accountId,
  name: z.string().optional(),
  partition: z.enum(["aws", "aws-cn", "aws-us-gov"]).optional(),
  accessKeyId: z.string().optional(),
  secretAccessKey: z.string().optional(),
});

const volume = strict({
  type: z.enum(Object.keys(VOLUME_TYPES) as [VolumeType, ...VolumeType[]]).optional(),
  size: z.int().positive().optional(),
  iops: z.int().positive().optional(),
  throughput: z.int().positive().optional(),
  device: z.string().optional(),
  encrypted: z.boolean().optional(),
  deleteOnTermination: z.boolean().optional(),
  tags: z.record(z.string(), tagValue).optional(),
});

const agent = strict({
  enabled: z.boolean().optional(),
  interval: duration.optional(),
  disks: z.array(z.string()).optional(),
  dimensions: z.array(z.enum(["ImageId", "InstanceType", "AutoScalingGroupName"])).optional(),
  since: moment.optional(),
  until: moment.optional(),
});

const impairment = strict({
  check: z.enum(["system", "instance", "attached-ebs"]),
  at: moment,
  for: duration.optional(),
});

/** A group of instances that are alike. */
const groupSchema = strict({
  name: z.string().regex(/\S/, { error: "must not be empty" }),
  ...place,
  count: z.int().nonnegative().optional(),
  type: z.string().optional(),
  image: z
    .string()
    .regex(/^ami-[0-9a-f]{8}([0-9a-f]{9})?$/, { error: "must be an image id such as ami-0123456789abcdef0" })
    .optional(),
  platform: z.enum(Object.keys(PLATFORMS) as [PlatformName, ...PlatformName[]]).optional(),
  state: z.enum(["running", "stopped", "terminated"]).optional(),
  launched: moment.optional(),
  ended: moment.optional(),
  names: z
    .union([z.string(), z.array(z.string()).min(1)], { error: "must be a name or a list of names" })
    .optional(),
  tags: z.record(z.string(), tagValue).optional(),
  volumes: z.array(volume).optional(),
  dnsNames: z.array(z.string()).optional(),
  monitoring: z.enum(["basic", "detailed"]).optional(),
  creditMode: z.enum(["standard", "unlimited"]).optional(),
  spot: z.boolean().optional(),
  terminationProtection: z.boolean().optional(),
  agent: z
    .union([z.boolean(), agent, z.array(agent)], {
      error: "must be true, false, an agent or a list of agents",
    })
    .optional(),
  ...surroundingsSchema,
  profile: profileSchema.optional(),
  guest: guestSchema.optional(),
  impairments: z.array(impairment).optional(),
  metrics: z.record(z.string(), generatorSchema).optional(),
});

/** A scenario: what the local cloud holds when it starts, and what happens there. */
export const scenarioSchema = strict({
  version: z.literal(SCENARIO_VERSION),
  seed: z.int().nonnegative().optional(),
  start: z.iso.datetime({ offset: true, error: "must be a time such as 2026-01-31T12:00:00Z" }).optional(),
  region: regionName.optional(),
  accounts: z.array(account).min(1).optional(),
  faults: z.record(z.string(), z.unknown()).optional(),
  groups: z.array(groupSchema).optional(),
  queues: z.array(strict({ name: z.string(), ...place })).optional(),
  topics: z.array(strict({ name: z.string(), ...place, queues: z.array(z.string()).optional() })).optional(),
  zones: z
    .array(
      strict({
        name: z.string(),
        account: accountId.optional(),
        private: z.boolean().optional(),
        records: z
          .array(
            strict({
              name: z.string(),
              type: z.enum(["A", "CNAME"]),
              ttl: z.int().positive().optional(),
              values: z.array(z.string()).min(1),
            }),
          )
          .optional(),
      }),
    )
    .optional(),
});

export type ScenarioForm = z.infer<typeof scenarioSchema>;
export type GroupForm = z.infer<typeof groupSchema>;
