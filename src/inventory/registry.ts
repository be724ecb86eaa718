import { ebsVolume } from "./ebs-volume.ts";
import { ec2Instance } from "./ec2-instance.ts";
import type { ResourceType } from "./resource-type.ts";

/** Every type of resource there is. Schema, documentation and the IAM policy are made from this. */
export const RESOURCE_TYPES = {
  "ec2.instance": ec2Instance,
  "ebs.volume": ebsVolume,
} as const satisfies Readonly<Record<string, ResourceType>>;

/** Names of the types there are. */
export type ResourceTypeName = keyof typeof RESOURCE_TYPES;

/** The names, in the registry's order. */
export const RESOURCE_TYPE_NAMES = Object.keys(RESOURCE_TYPES) as readonly ResourceTypeName[];

/** A type by its name, or undefined when there is none of that name. */
export function resourceType(name: string): ResourceType | undefined {
  return Object.hasOwn(RESOURCE_TYPES, name) ? RESOURCE_TYPES[name as ResourceTypeName] : undefined;
}
