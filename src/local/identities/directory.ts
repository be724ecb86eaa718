// What is kept of identities: roles, their policies, and the instance profiles that carry roles onto machines. `services/iam/` answers for them.
import type { Partition } from "../../model/partition.ts";
import type { Cloud, StateKey } from "../cloud.ts";
import { managedDocument, managedPolicy } from "./managed-policies.ts";
import { type Ask, decide } from "./policy-document.ts";

/** A role. Times in milliseconds since the epoch. */
export interface Role {
  readonly name: string;
  /** With slashes around it. */
  readonly path: string;
  readonly id: string;
  readonly arn: string;
  readonly createdAt: number;
  description: string | undefined;
  /** Seconds. */
  maxSession: number;
  boundary: string | undefined;
  trust: string;
  tags: ReadonlyMap<string, string>;
  /** ARNs, in the order they were attached. */
  readonly attached: Set<string>;
  /** Documents by name. */
  readonly inline: Map<string, string>;
  /** What its policies were, one entry for each change: what a machine may do depends on when. */
  readonly history: PolicyState[];
  deletedAt: number | undefined;
}

/** A role's policies from a time on. */
interface PolicyState {
  readonly at: number;
  readonly documents: readonly string[];
}

/** Carries at most one role onto instances. */
export interface InstanceProfile {
  readonly name: string;
  readonly path: string;
  readonly id: string;
  readonly arn: string;
  readonly createdAt: number;
  tags: ReadonlyMap<string, string>;
  role: Role | undefined;
  /** Which role it carried since when; undefined: none. */
  readonly history: { readonly at: number; readonly role: Role | undefined }[];
  deletedAt: number | undefined;
}

/** What a new role has. */
export interface RoleSpec {
  readonly name: string;
  readonly path: string;
  readonly trust: string;
  readonly description?: string | undefined;
  readonly maxSession?: number | undefined;
  readonly boundary?: string | undefined;
  readonly tags?: ReadonlyMap<string, string>;
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** An account's identities. Names are found without case, as IAM compares them. */
export class Directory {
  readonly account: string;
  readonly partition: Partition;
  readonly #random: () => number;
  readonly #roles = new Map<string, Role>();
  readonly #profiles = new Map<string, InstanceProfile>();

  constructor(account: string, partition: Partition, random: () => number) {
    this.account = account;
    this.partition = partition;
    this.#random = random;
  }

  role(name: string | undefined): Role | undefined {
    return this.#roles.get((name ?? "").toLowerCase());
  }

  profile(name: string | undefined): InstanceProfile | undefined {
    return this.#profiles.get((name ?? "").toLowerCase());
  }

  profileByArn(arn: string): InstanceProfile | undefined {
    return this.profiles().find((profile) => profile.arn === arn);
  }

  /** In order of name. */
  roles(): readonly Role[] {
    return sorted(this.#roles);
  }

  profiles(): readonly InstanceProfile[] {
    return sorted(this.#profiles);
  }

  addRole(spec: RoleSpec, now: number): Role {
    const role: Role = {
      name: spec.name,
      path: spec.path,
      id: this.#newId("AROA"),
      arn: this.#arn("role", spec.path, spec.name),
      createdAt: now,
      description: spec.description,
      maxSession: spec.maxSession ?? 3600,
      boundary: spec.boundary,
      trust: spec.trust,
      tags: spec.tags ?? new Map(),
      attached: new Set(),
      inline: new Map(),
      history: [{ at: now, documents: [] }],
      deletedAt: undefined,
    };
    this.#roles.set(role.name.toLowerCase(), role);
    return role;
  }

  addProfile(name: string, path: string, tags: ReadonlyMap<string, string>, now: number): InstanceProfile {
    const profile: InstanceProfile = {
      name,
      path,
      id: this.#newId("AIPA"),
      arn: this.#arn("instance-profile", path, name),
      createdAt: now,
      tags,
      role: undefined,
      history: [{ at: now, role: undefined }],
      deletedAt: undefined,
    };
    this.#profiles.set(name.toLowerCase(), profile);
    return profile;
  }

  /** Puts a role into a profile, or takes it out. */
  setRole(profile: InstanceProfile, role: Role | undefined, now: number): void {
    profile.role = role;
    profile.history.push({ at: now, role });
  }

  /** Notes that a role's policies have changed. */
  policiesChanged(role: Role, now: number): void {
    const documents = [...role.inline.values()];
    for (const arn of role.attached) {
      const managed = managedPolicy(arn);
      if (managed) documents.push(managedDocument(managed, this.partition));
    }
    role.history.push({ at: now, documents });
  }

  deleteRole(role: Role, now: number): void {
    role.deletedAt = now;
    role.history.push({ at: now, documents: [] });
    this.#roles.delete(role.name.toLowerCase());
  }

  deleteProfile(profile: InstanceProfile, now: number): void {
    profile.deletedAt = now;
    profile.history.push({ at: now, role: undefined });
    this.#profiles.delete(profile.name.toLowerCase());
  }

  #newId(prefix: string): string {
    let id = prefix;
    while (id.length < 21) id += BASE32.charAt(Math.floor(this.#random() * 32));
    return id;
  }

  #arn(kind: string, path: string, name: string): string {
    return `arn:${this.partition}:iam::${this.account}:${kind}${path}${name}`;
  }
}

/** Whether a role's policies allow something at a time. */
export function roleAllows(role: Role, ask: Ask, now: number): boolean {
  const state = role.history.findLast(({ at }) => at <= now);
  let allowed = false;
  for (const document of state?.documents ?? []) {
    const decision = decide(document, ask);
    if (decision === "deny") return false;
    if (decision === "allow") allowed = true;
  }
  return allowed;
}

/** The role that a profile carried at a time. */
export function roleAt(profile: InstanceProfile, now: number): Role | undefined {
  return profile.history.findLast(({ at }) => at <= now)?.role;
}

/** The identities of an account: one set for all regions. */
export function directoryOf(cloud: Cloud, account: string): Directory {
  return cloud.state(directoryKey, account, "global");
}

/** Seconds until the rest of AWS knows a new instance profile ("eventually consistent"; seconds to minutes on AWS). */
export const PROFILE_KNOWN_AFTER = 8_000;

const directoryKey: StateKey<Directory> = {
  name: "iam",
  create: (account, _region, cloud) =>
    new Directory(account, cloud.accounts.get(account)?.partition ?? "aws", cloud.random),
};

function sorted<T>(things: ReadonlyMap<string, T>): readonly T[] {
  return [...things].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, thing]) => thing);
}
