// The machines of a scenario's groups and the roles they have: `guest` and `profile` of a group.
import { z } from "zod";
import type { Reporter } from "../../config/schema-issues.ts";
import { strict } from "../../config/schema-parts.ts";
import type { Path } from "../../config/yaml-source.ts";
import { parseDuration } from "../../model/duration.ts";
import { dnsSuffix } from "../../model/partition.ts";
import { didYouMean } from "../../support/suggest.ts";
import type { Cloud } from "../cloud.ts";
import {
  type GuestProfile,
  LATEST_CLOUDWATCH_AGENT,
  LATEST_SSM_AGENT,
  PLAIN_GUEST,
  REBOOT_KINDS,
  SERVICE_KINDS,
  type ServiceSpec,
} from "../fleet/guest-profile.ts";
import type { Instance } from "../fleet/instance.ts";
import { freeze, guestOf, setBusy } from "../guest/guest.ts";
import { directoryOf, type InstanceProfile } from "../identities/directory.ts";
import { MANAGED_POLICIES } from "../identities/managed-policies.ts";
import { type Moment, momentAt, parseMoment } from "../moments.ts";
import { moment } from "./parts.ts";

const port = z.int().min(1).max(65_535);

const service = strict({
  name: z.string(),
  kind: z.enum(SERVICE_KINDS).optional(),
  directory: z.string().optional(),
  containers: z.array(z.string()).min(1).optional(),
  onBoot: z.boolean().optional(),
  starts: z.boolean().optional(),
  port: port.optional(),
  listener: port.optional(),
});

/** The machine inside each instance of a group. */
export const guestSchema = strict({
  reboot: z.enum(REBOOT_KINDS).optional(),
  rebootHelps: z.boolean().optional(),
  clockSkew: z
    .string()
    .refine((text) => skewOf(text) !== undefined, { error: "must be a duration such as 1h or -90s" })
    .optional(),
  disk: z.enum(["ok", "full"]).optional(),
  cpu: z.number().min(0).max(100).optional(),
  frozenAt: moment.optional(),
  busyAt: moment.optional(),
  ssmAgent: z
    .union([z.boolean(), strict({ version: z.string().optional(), running: z.boolean().optional() })], {
      error: "must be true, false, or version and running",
    })
    .optional(),
  agent: strict({ version: z.string().optional() }).optional(),
  services: z.array(service).optional(),
});

/** The role of a group's instances. */
export const profileSchema = z.union(
  [
    z.string(),
    strict({
      role: z.string().optional(),
      name: z.string().optional(),
      policies: z.array(z.string()).optional(),
      inline: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
      tags: z.record(z.string(), z.string()).optional(),
    }),
  ],
  { error: "must be none, a role's name, or role, name, policies, inline and tags" },
);

/** A group's machines: what they are like, and when trouble begins. */
export interface GroupGuest {
  readonly profile: GuestProfile;
  readonly frozenAt: Moment | undefined;
  readonly busyAt: Moment | undefined;
}

/** A group's role; names may hold `{n}`, and then each instance has its own. */
export interface GroupRole {
  /** Undefined: a profile without a role. */
  readonly role: string | undefined;
  readonly name: string;
  /** Names of AWS's managed policies. */
  readonly policies: readonly string[];
  readonly inline: Readonly<Record<string, unknown>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** Roles of scenarios were made so long before its start, milliseconds. */
const MADE_BEFORE = 90 * 86_400_000;

export function guestFrom(form: z.infer<typeof guestSchema> | undefined): GroupGuest | undefined {
  if (form === undefined) return undefined;
  const { ssmAgent = true } = form;
  const ssm = typeof ssmAgent === "boolean" ? { running: true } : ssmAgent;
  return {
    profile: {
      reboot: form.reboot ?? PLAIN_GUEST.reboot,
      rebootHelps: form.rebootHelps ?? PLAIN_GUEST.rebootHelps,
      clockSkew: (form.clockSkew === undefined ? undefined : skewOf(form.clockSkew)) ?? 0,
      diskFull: form.disk === "full",
      troubledCpu: form.cpu ?? PLAIN_GUEST.troubledCpu,
      services: (form.services ?? []).map(serviceFrom),
      ssmAgent:
        ssmAgent === false
          ? undefined
          : { version: ssm.version ?? LATEST_SSM_AGENT, running: ssm.running ?? true },
      agent: form.agent && { version: form.agent.version ?? LATEST_CLOUDWATCH_AGENT },
    },
    frozenAt: form.frozenAt === undefined ? undefined : parseMoment(form.frozenAt),
    busyAt: form.busyAt === undefined ? undefined : parseMoment(form.busyAt),
  };
}

/** A group's role out of its form; says which policies AWS doesn't have. */
export function roleFrom(
  form: z.infer<typeof profileSchema> | undefined,
  path: Path,
  reporter: Reporter,
): GroupRole | undefined {
  if (form === undefined || form === "none") return undefined;
  const given = typeof form === "string" ? { role: form } : form;
  const name = given.name ?? given.role;
  if (name === undefined) {
    reporter.error("no-profile-name", "a profile has a role, or a name when it has none", path);
    return undefined;
  }
  const policies = given.policies ?? (given.role === undefined ? [] : ["AmazonSSMManagedInstanceCore"]);
  const known = MANAGED_POLICIES.map((policy) => policy.name);
  for (const policy of policies)
    if (!known.includes(policy))
      reporter.error(
        "unknown-policy",
        `no managed policy "${policy}" is known here.${didYouMean(policy, known)}`,
        path,
      );
  return { role: given.role, name, policies, inline: given.inline ?? {}, tags: given.tags ?? {} };
}

/** The profile of a name, made with its role if nothing has made them yet; `expand` fills in the instance's number. */
export function provideProfile(
  cloud: Cloud,
  account: string,
  spec: GroupRole,
  expand: (template: string) => string,
): InstanceProfile {
  const directory = directoryOf(cloud, account);
  const name = expand(spec.name);
  const known = directory.profile(name);
  if (known) return known;
  const made = cloud.clock.time() - MADE_BEFORE;
  const profile = directory.addProfile(name, "/", new Map(), made);
  if (spec.role === undefined) return profile;
  const { partition } = directory;
  const role =
    directory.role(expand(spec.role)) ??
    directory.addRole(
      {
        name: expand(spec.role),
        path: "/",
        trust: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { Service: `ec2.${dnsSuffix(partition)}` },
              Action: "sts:AssumeRole",
            },
          ],
        }),
        tags: new Map(Object.entries(spec.tags)),
      },
      made,
    );
  for (const policy of MANAGED_POLICIES)
    if (spec.policies.includes(policy.name))
      role.attached.add(`arn:${partition}:iam::aws:policy${policy.path}${policy.name}`);
  for (const [policy, document] of Object.entries(spec.inline))
    role.inline.set(policy, JSON.stringify(document));
  directory.policiesChanged(role, made);
  directory.setRole(profile, role, made);
  return profile;
}

/** Makes an instance's machine what its group says, now and when its trouble begins. */
export function settleGuest(cloud: Cloud, instance: Instance, group: GroupGuest, start: number): void {
  guestOf(instance);
  for (const [when, begin] of [
    [group.frozenAt, freeze],
    [group.busyAt, (one: Instance, at: number) => setBusy(one, true, at)],
  ] as const) {
    if (!when) continue;
    const at = momentAt(when, start);
    if (at <= cloud.clock.time()) begin(instance, at);
    else cloud.clock.at(at, () => begin(instance, at));
  }
}

/** The machine of the n-th instance: ports outside the simulation are counted up. */
export function numberedGuest(profile: GuestProfile, n: number): GuestProfile {
  if (!profile.services.some(({ listener }) => listener !== undefined)) return profile;
  return {
    ...profile,
    services: profile.services.map((one) => ({
      ...one,
      listener: one.listener === undefined ? undefined : one.listener + n - 1,
    })),
  };
}

function serviceFrom(form: z.infer<typeof service>): ServiceSpec {
  const kind = form.kind ?? "systemd";
  return {
    name: form.name,
    kind,
    directory: form.directory ?? "/home/ubuntu",
    containers: form.containers ?? [kind === "compose" ? `${form.name}-1` : form.name],
    onBoot: form.onBoot ?? kind === "systemd",
    starts: form.starts ?? true,
    port: form.port,
    listener: form.listener,
  };
}

/** Milliseconds of `1h` or `-90s`. */
function skewOf(text: string): number | undefined {
  const seconds = parseDuration(text.replace(/^[+-]/, ""));
  return seconds === undefined ? undefined : seconds * (text.startsWith("-") ? -1000 : 1000);
}
