import { CONFIGURATION_TAG } from "../../model/own-tags.ts";
import type { AlarmIdentity } from "./identity.ts";
import { formatIdentity, parseIdentity } from "./identity.ts";

/** With the configuration's tag it says whose an alarm or topic is. Both survive an overwrite that drops the description. */
const IDENTITY_TAG = "watchkeeper:id";

const MAX_VALUE = 256;

/** One tag as CloudWatch and SNS write it. */
export interface AwsTag {
  readonly Key: string;
  readonly Value: string;
}

/** A tag as AWS's answers are typed. */
interface ReadTag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** Tags of an alarm. An identity too long for a tag's 256 characters is left out: its alarms can't be told from their tags alone. */
export function alarmTags(identity: AlarmIdentity): AwsTag[] {
  const id = encodeTag(formatIdentity(identity));
  return [
    ...configurationTags(identity.configuration),
    ...(id.length <= MAX_VALUE ? [{ Key: IDENTITY_TAG, Value: id }] : []),
  ];
}

/** The tag of anything that a configuration made. */
export function configurationTags(configuration: string): AwsTag[] {
  return [{ Key: CONFIGURATION_TAG, Value: encodeTag(configuration).slice(0, MAX_VALUE) }];
}

/** Whether the tags say that this configuration made it. */
export function madeBy(configuration: string, tags: readonly ReadTag[]): boolean {
  const value = tags.find((tag) => tag.Key === CONFIGURATION_TAG)?.Value;
  return value !== undefined && value === configurationTags(configuration)[0]?.Value;
}

/** The identity in an alarm's tags. */
export function identityInTags(tags: readonly ReadTag[]): AlarmIdentity | undefined {
  const value = tags.find((tag) => tag.Key === IDENTITY_TAG)?.Value;
  return value === undefined ? undefined : parseIdentity(decodeTag(value));
}

/** AWS promises letters, digits, spaces and `+ - = . _ : / @` in tag values; the rest is written as `=` and hex digits, a byte at a time. */
function encodeTag(text: string): string {
  return text.replace(/[^\p{L}\p{N} +\-._:/@]/gu, (char) =>
    [...new TextEncoder().encode(char)]
      .map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`)
      .join(""),
  );
}

function decodeTag(text: string): string {
  return text.replace(/(?:=[0-9A-F]{2})+/g, (bytes) =>
    new TextDecoder().decode(Uint8Array.from(bytes.slice(1).split("="), (hex) => Number.parseInt(hex, 16))),
  );
}
