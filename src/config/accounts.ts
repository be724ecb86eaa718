import { parseArn } from "../model/arn.ts";
import type { AccountConfig } from "../model/configuration.ts";
import { partitionOf } from "../model/partition.ts";
import { accountSchema, configurationSchema } from "./configuration-schema.ts";
import { compact, type Reading } from "./reading.ts";
import type { Path } from "./yaml-source.ts";

/** Account ids of `expectAccounts`, as written (leading zeros are part of an id), each once. */
export function expectedAccounts(reading: Reading): readonly string[] {
  const ids = new Set<string>();
  for (const [index, id] of reading.texts(["expectAccounts"]).entries()) {
    if (/^\d{1,11}$/.test(id))
      reading.error(
        "bad-value",
        `account id ${id} has ${id.length} digits, an account id has 12: put it in quotes with its leading zeros`,
        ["expectAccounts", index],
      );
    ids.add(id);
  }
  return [...ids];
}

/** The regions at a path, each once. A region given twice is worth a warning. */
export function regionsAt(path: Path, reading: Reading): readonly string[] {
  const regions: string[] = [];
  for (let index = 0; index < reading.length(path); index += 1) {
    const region = reading.pick(configurationSchema.shape.regions.unwrap().element, [...path, index]);
    if (region === undefined) continue;
    if (regions.includes(region))
      reading.warn("duplicate-region", `region ${region} is given twice: once is enough`, [...path, index]);
    else regions.push(region);
  }
  const partitions = [...new Set(regions.map(partitionOf))];
  if (partitions.length > 1)
    reading.error(
      "mixed-partitions",
      `one account has regions of one partition only, these are of ${partitions.join(" and ")}: list accounts with regions of their own`,
      path,
      "key",
    );
  return regions;
}

/** The accounts; one without anything special when none are given. */
export function accountsFrom(
  reading: Reading,
  regions: readonly string[],
  expected: readonly string[],
): readonly AccountConfig[] {
  const count = reading.length(["accounts"]);
  if (count === 0) return [{}];
  const names = new Map<string, number>();
  return Array.from({ length: count }, (_, index): AccountConfig => {
    const path = ["accounts", index];
    const field = (key: "name" | "profile" | "role" | "externalId" | "sessionName"): string | undefined =>
      reading.pick(accountSchema.shape[key], [...path, key]);
    const [name, profile, role] = [field("name"), field("profile"), field("role")];
    const [externalId, sessionName] = [field("externalId"), field("sessionName")];
    const ownRegions = regionsAt([...path, "regions"], reading);
    const earlier = name === undefined ? undefined : names.get(name);
    if (earlier !== undefined) {
      const { line } = reading.source.position(["accounts", earlier, "name"]);
      reading.error(
        "duplicate-account",
        `two accounts are named "${name}"; the first is in line ${line}. Give this one another name`,
        [...path, "name"],
      );
    }
    if (name !== undefined && earlier === undefined) names.set(name, index);
    for (const [key, value] of Object.entries({ externalId, sessionName }))
      if (value !== undefined && reading.raw([...path, "role"]) === undefined)
        reading.error("missing-key", `${key} only means something together with role`, [...path, key], "key");
    checkRole(role, ownRegions.length > 0 ? ownRegions : regions, expected, [...path, "role"], reading);
    return {
      ...compact({ name, profile, roleArn: role, externalId, sessionName }),
      ...(ownRegions.length > 0 ? { regions: ownRegions } : {}),
      position: reading.source.position(path),
    };
  });
}

function checkRole(
  role: string | undefined,
  regions: readonly string[],
  expected: readonly string[],
  path: Path,
  reading: Reading,
): void {
  const arn = role === undefined ? undefined : parseArn(role);
  if (!arn) return;
  const foreign = regions.find((region) => partitionOf(region) !== arn.partition);
  if (foreign !== undefined)
    reading.error(
      "mixed-partitions",
      `this role is in partition ${arn.partition}, but ${foreign} is in ${partitionOf(foreign)}: give the account regions of its own`,
      path,
    );
  if (expected.length > 0 && !expected.includes(arn.account))
    reading.error(
      "unexpected-account",
      `this role is in account ${arn.account}, which expectAccounts doesn't list: add it there, or correct the role`,
      path,
    );
}
