import { hash } from "node:crypto";
import { decodeMarkPart, findMark } from "../../model/mark-text.ts";
import { canonicalJson } from "../../support/canonical-json.ts";
import { type AlarmIdentity, formatIdentity, parseIdentity } from "./identity.ts";

/**
 * What an alarm of ours says about itself in one line at the end of its description:
 *
 *     [wk1 web-team production/cpu-high/i-0a1b dQx1Zk3a... n]
 *
 * format version, configuration, identity, hashes, flags. The hashes are `HASH_LENGTH` characters each: first that of the place and
 * name the mark was written for (a copy made under another name, or in another account or region, is known by it), then one for every
 * field in the order of `fieldsOf`. Fields are only ever appended: a shorter list means that the rest is unknown.
 */
export interface Mark {
  readonly configuration: string;
  /** `formatIdentity` as far as the line could hold it. */
  readonly identity: string;
  /** The identity was too long and parts of it are hashes: the alarm's tags hold it whole. */
  readonly shortened: boolean;
  readonly placeHash: string;
  /** Hashes of the fields, joined. */
  readonly hashes: string;
  /** Created with actions off at this time (ms), to be switched on once the alarm has settled. */
  readonly quietSince?: number;
  /** Adopted under a name of somebody else's choosing, which it keeps. */
  readonly keepsName: boolean;
}

/** A description taken apart. `newer`: a mark of a later version, which is read-only to us. `text` is what people wrote. */
export type MarkReading =
  | { readonly kind: "none"; readonly text: string }
  | {
      readonly kind: "newer";
      readonly text: string;
      readonly version: number;
      readonly configuration: string;
      readonly identity: string | undefined;
    }
  | { readonly kind: "mark"; readonly text: string; readonly mark: Mark };

/** Characters of one hash: 24 bits of SHA-256. */
export const HASH_LENGTH = 4;
/** AWS allows 1,024 characters; the mark and its line break have 301 of them. */
export const MAX_DESCRIPTION = 1024;
export const MAX_MARK = 300;
export const MAX_TEXT = MAX_DESCRIPTION - MAX_MARK - 1;

/** Of the mark's 300 characters, those left for configuration and identity beside 20 hashes and the flags. */
const MAX_NAMES = 195;
const PART_LIMITS = { configuration: 44, policy: 36, alarm: 36, resource: 60, variant: 16 } as const;

/** Printable ASCII but space, `#`, `%`, `[`, `]` and `~`. */
const SAFE = /^[!"$&-Z\\^-}]*$/;
const PLAIN = /^[!-$&-Z\\^-}]*$/;
const UNSAFE = /[^!"$&-Z\\^-}]/gu;
const BODY = /^([^\s]+) ([A-Za-z0-9_-]+)(?: (n)?(?:q([0-9a-z]{1,9}))?)?$/;

/** Hash of a canonical value: its first characters of SHA-256 in base64url. Absent values count as null. */
export function fieldHash(value: unknown): string {
  return hash("sha256", canonicalJson(value ?? null), "base64url").slice(0, HASH_LENGTH);
}

/** Hash of where an alarm stands. */
export function placeHash(account: string, region: string, name: string): string {
  return hash("sha256", `${account}/${region}/${name}`, "base64url").slice(0, HASH_LENGTH);
}

/** The line itself, at most `MAX_MARK` characters. */
export function formatMark(mark: Omit<Mark, "shortened">): string {
  const flags = `${mark.keepsName ? "n" : ""}${mark.quietSince === undefined ? "" : `q${Math.floor(mark.quietSince / 1000).toString(36)}`}`;
  const { configuration, rest } = markNames(mark.identity);
  // Joined at once: of a text put together bit by bit the bits stay in memory, and plans hold tens of thousands of marks.
  return ["[wk1 ", configuration, " ", rest, " ", mark.placeHash, mark.hashes, flags && " ", flags, "]"].join(
    "",
  );
}

/** The same line with the time of a quiet start, where it has one, set to `now` (ms): when the alarm is really created. */
export function restampQuietStart(mark: string, now: number): string {
  return mark.replace(
    / (n?)q[0-9a-z]+\]$/,
    (_, keepsName: string) => ` ${keepsName}q${Math.floor(now / 1000).toString(36)}]`,
  );
}

/** Takes a description apart. Text before and after the mark is people's; of several marks the last one counts. */
export function readMark(description: string): MarkReading {
  const found = findMark(description);
  if (!found) return { kind: "none", text: description };
  const { version, configuration: configurationText, body, text } = found;
  const configuration = decodeMarkPart(configurationText);
  if (version > 1)
    return {
      kind: "newer",
      text,
      version,
      configuration,
      identity: identityIn(configuration, body.split(" ")[0] ?? ""),
    };
  const parts = BODY.exec(body);
  const identity = identityIn(configuration, parts?.[1] ?? "");
  const hashes = parts?.[2] ?? "";
  if (
    version !== 1 ||
    !parts ||
    identity === undefined ||
    hashes.length < HASH_LENGTH ||
    hashes.length % HASH_LENGTH !== 0
  )
    return { kind: "none", text: description };
  return {
    kind: "mark",
    text,
    mark: {
      configuration,
      identity,
      shortened: `${configurationText}${parts[1]}`.includes("~"),
      placeHash: hashes.slice(0, HASH_LENGTH),
      hashes: hashes.slice(HASH_LENGTH),
      ...(parts[4] === undefined ? {} : { quietSince: Number.parseInt(parts[4], 36) * 1000 }),
      keepsName: parts[3] !== undefined,
    },
  };
}

/** A description of AWS's length: people's text, a line break, the mark. The text must be `cutText`'s. */
export function withMark(text: string, mark: string): string {
  return text === "" ? mark : `${text}\n${mark}`;
}

/** People's text cut at a code point so that the mark fits behind it. */
export function cutText(text: string): string {
  if (text.length <= MAX_TEXT) return text;
  const end = MAX_TEXT - 1;
  const low = text.charCodeAt(end);
  const inPair = low >= 0xdc00 && low <= 0xdfff;
  return `${text.slice(0, inPair ? end - 1 : end).trimEnd()}…`;
}

/** An identity as a mark can hold it; equal to the whole one unless that is very long. Marks are matched by this form. */
export function markIdentity(identity: string): string {
  const slash = identity.indexOf("/");
  if (identity.length <= MAX_NAMES && slash <= PART_LIMITS.configuration && PLAIN.test(identity))
    return identity;
  const { configuration, rest } = markNames(identity);
  return identityIn(decodeMarkPart(configuration), rest) ?? identity;
}

/** The configuration's name as a mark can hold it. */
export function markConfiguration(name: string): string {
  return decodeMarkPart(shorten(encode(name), PART_LIMITS.configuration));
}

function markNames(identity: string): { readonly configuration: string; readonly rest: string } {
  const parsed = parseIdentity(identity);
  if (!parsed) throw new TypeError(`"${identity}" is no identity`);
  const configuration = shorten(encode(parsed.configuration), PART_LIMITS.configuration);
  const whole = restOf(parsed, (part) => encode(part));
  if (configuration.length + whole.length <= MAX_NAMES) return { configuration, rest: whole };
  return { configuration, rest: restOf(parsed, (part, name) => shorten(encode(part), PART_LIMITS[name])) };
}

function restOf(
  { policy, alarm, resource, variant }: AlarmIdentity,
  write: (part: string, name: keyof typeof PART_LIMITS) => string,
): string {
  const end = variant === "" ? "" : `#${write(variant, "variant")}`;
  return `${write(policy, "policy")}/${write(alarm, "alarm")}/${write(resource, "resource")}${end}`;
}

function identityIn(configuration: string, text: string): string | undefined {
  const parsed = parseIdentity(`x/${decodeMarkPart(text)}`);
  return parsed === undefined ? undefined : formatIdentity({ ...parsed, configuration });
}

function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit - 9).replace(/%[0-9A-F]?$/, "")}~${hash("sha256", text, "base64url").slice(0, 8)}`;
}

/** Escapes what would end the line's words or the mark, and everything that isn't ASCII, whose length AWS may count otherwise. */
function encode(text: string): string {
  return SAFE.test(text) ? text : text.replace(UNSAFE, (char) => percentBytes(char));
}

function percentBytes(char: string): string {
  return [...new TextEncoder().encode(char)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
    .join("");
}
