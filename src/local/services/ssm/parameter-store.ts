// The parameters of an account's region. Their values are kept as they were put; secure strings are shown encrypted unless asked otherwise.
import type { ParameterTier, ParameterType } from "@aws-sdk/client-ssm";
import { sha256 } from "../../../support/canonical-json.ts";
import type { StateKey } from "../../cloud.ts";

/** One version of a parameter. */
interface ParameterVersion {
  readonly version: number;
  readonly value: string;
  /** Milliseconds. */
  readonly modifiedAt: number;
  readonly modifiedBy: string;
}

export interface StoredParameter {
  readonly name: string;
  readonly arn: string;
  type: ParameterType;
  tier: ParameterTier;
  description: string | undefined;
  keyId: string | undefined;
  allowedPattern: string | undefined;
  dataType: string;
  /** Oldest first, never empty. */
  readonly versions: ParameterVersion[];
  tags: ReadonlyMap<string, string>;
}

/** Names with and without the leading slash are two parameters. */
export type ParameterStore = Map<string, StoredParameter>;

export const parametersKey: StateKey<ParameterStore> = {
  name: "ssm-parameters",
  create: () => new Map(),
};

/** Versions that are kept; the oldest goes when another comes. */
export const MAX_VERSIONS = 100;

/** The latest version of a parameter. */
export function latestOf({ versions }: StoredParameter): ParameterVersion {
  return versions.at(-1) as ParameterVersion;
}

/** What a secure string looks like to those who don't ask for decryption: a text that tells nothing of its value. */
export function ciphertextOf({ arn }: StoredParameter, { version }: ParameterVersion): string {
  const bytes = Buffer.from(`${sha256(`${arn} ${version}`)}${sha256(`${version} ${arn}`)}`, "hex");
  return `AQICAHh${bytes.toString("base64")}`;
}

/** `arn:aws:ssm:eu-central-1:111122223333:parameter/name`: a leading slash of the name isn't doubled. */
export function parameterArn(
  place: { readonly partition: string; readonly region: string; readonly account: string },
  name: string,
): string {
  return `arn:${place.partition}:ssm:${place.region}:${place.account}:parameter${name.startsWith("/") ? "" : "/"}${name}`;
}
