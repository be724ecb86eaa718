import type { Reporter } from "../../config/schema-issues.ts";
import type { Path } from "../../config/yaml-source.ts";
import { partitionOf } from "../../model/partition.ts";
import { sha256 } from "../../support/canonical-json.ts";
import { DEFAULT_ACCOUNTS, type LocalAccount } from "../accounts.ts";

import type { Place } from "./place.ts";
import type { ScenarioForm } from "./schema.ts";

/** The accounts of a scenario; keys that it doesn't name are the documented ones, or made from the account's id. */
export function accountsFrom(
  forms: NonNullable<ScenarioForm["accounts"]>,
  reporter: Reporter,
): readonly LocalAccount[] {
  const seen = new Set<string>();
  return forms.map((form, index) => {
    const path: Path = ["accounts", index, "id"];
    const id = reporter.source.text(path) ?? String(form.id);
    if (!/^\d{12}$/.test(id)) reporter.error("bad-account", `account id "${id}" is not twelve digits`, path);
    if (seen.has(id)) reporter.error("duplicate-account", `account ${id} is listed twice`, path);
    seen.add(id);
    const known = DEFAULT_ACCOUNTS.find((account) => account.id === id);
    const hash = sha256(`watchkeeper local account ${id}`);
    return {
      id,
      ...(form.name === undefined ? {} : { name: form.name }),
      ...(form.partition === undefined ? {} : { partition: form.partition }),
      accessKeyId: form.accessKeyId ?? known?.accessKeyId ?? `AKIA${hash.slice(0, 9).toUpperCase()}EXAMPLE`,
      secretAccessKey: form.secretAccessKey ?? known?.secretAccessKey ?? `${hash.slice(9, 42)}EXAMPLE`,
    };
  });
}

/** Reads `account` and `region` of things: the first account and the scenario's region where they name none. */
export function placeReader(
  accounts: readonly LocalAccount[],
  defaultRegion: string | undefined,
  reporter: Reporter,
): (path: Path, region: string | undefined) => Place {
  return (path, written) => {
    const id = reporter.source.text([...path, "account"]) ?? accounts[0]?.id ?? "";
    const account = accounts.find((candidate) => candidate.id === id);
    if (!account)
      reporter.error(
        "unknown-account",
        `account ${id} is not one of this scenario's: ${accounts.map((candidate) => candidate.id).join(", ")}`,
        [...path, "account"],
      );
    const partition = account?.partition ?? "aws";
    const region = written ?? defaultRegion ?? HOME_REGIONS[partition];
    if (account && partitionOf(region) !== partition)
      reporter.error(
        "wrong-partition",
        `region ${region} is in partition ${partitionOf(region)}, account ${id} in ${partition}`,
        [...path, "region"],
      );
    return { account: id, region };
  };
}

const HOME_REGIONS = { aws: "eu-central-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1" } as const;
