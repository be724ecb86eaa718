import type { ChannelOption } from "../../model/channel-option.ts";
import { parseSecretReference, SECRET_FORMS } from "../../model/secret-reference.ts";
import { didYouMean } from "../../support/suggest.ts";
import type { ChannelKind } from "./channel-kind.ts";
import { percentDecoded } from "./percent.ts";
import { CHANNEL_KINDS } from "./registry.ts";

/** What a short URL says: options as they would be written out. */
export interface ParsedChannelUrl {
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
}

type Kind = Pick<ChannelKind, "options" | "url">;

/**
 * A channel out of one line, `slack://env:TOKEN@/C123?mention=@here`: what stands before `@` is a reference to a secret, written
 * as it is. Text: what is wrong; it never repeats what could be a secret.
 */
export function parseChannelUrl(text: string): ParsedChannelUrl | string {
  const [, kind = "", rest = ""] = /^([a-z][a-z0-9-]*):\/\/(.*)$/s.exec(text.trim()) ?? [];
  if (kind === "") return 'is no URL of a channel: write for example "slack://env:SLACK_TOKEN@/C0123456789"';
  const kinds: Readonly<Record<string, Kind>> = CHANNEL_KINDS;
  const found = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (!found)
    return `begins with ${kind}://, which is no kind of channel.${didYouMean(kind, Object.keys(kinds))}`;
  return parseRest(kind, found, rest);
}

function parseRest(
  kind: string,
  { options: table, url: form }: Kind,
  rest: string,
): ParsedChannelUrl | string {
  const { user, beyond } = splitUser(rest);
  const options: Record<string, unknown> = {};
  if (user !== undefined) {
    if (form.user === undefined)
      return `has something before @, where ${kind} has nothing: write ${form.example}`;
    if (!parseSecretReference(user))
      return `has before @ what is no reference to a secret: write ${SECRET_FORMS}`;
    options[form.user] = user;
  } else if (beyond.startsWith("@")) return `has nothing before @: write ${form.example}`;
  const question = beyond.indexOf("?");
  const place = question < 0 ? beyond : beyond.slice(0, question);
  const slash = place.indexOf("/");
  const host = slash < 0 ? place : place.slice(0, slash);
  const path = slash < 0 ? "" : place.slice(slash + 1);
  if (form.address !== undefined) {
    if (host === "") return `names no host: write ${form.example}`;
    const scheme = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/.test(host) ? "http" : "https";
    options[form.address] = `${scheme}://${place}`;
  } else {
    for (const [option, value, where] of [
      [form.host, host, "host"],
      [form.path, path, "path"],
    ] as const) {
      if (option === undefined && value !== "")
        return `has a ${where} where ${kind} has none: write ${form.example}`;
      if (option !== undefined && value !== "") options[option] = percentDecoded(value);
    }
  }
  for (const [key, value] of question < 0 ? [] : queryOf(beyond.slice(question + 1))) {
    const option = Object.hasOwn(table, key) ? table[key] : undefined;
    if (!option) return `has no option ${JSON.stringify(key)}.${didYouMean(key, Object.keys(table))}`;
    if (option.type === "map") return `can't have ${key} in a URL: write the channel out as YAML`;
    options[key] = readValue(option, value);
  }
  return { kind, options };
}

/** What stands before the `@` that ends it: references hold colons and slashes, and `@` in names of Secrets Manager. */
function splitUser(rest: string): { readonly user?: string; readonly beyond: string } {
  const query = rest.indexOf("?");
  const place = query < 0 ? rest : rest.slice(0, query);
  const [first] = place.split("@", 1);
  if (first === undefined || first === place) return { beyond: rest };
  const reference = /^(env|ssm|secretsmanager|kms):/.test(first);
  const end = reference ? endOfReference(place) : first.length;
  return { user: percentDecoded(rest.slice(0, end)), beyond: rest.slice(end + 1) };
}

/** The first `@` that has a host, a path or nothing behind it. */
function endOfReference(place: string): number {
  const match = /@(?=$|\/|[\w.-]+(:\d+)?(\/|$))/.exec(place);
  return match ? match.index : place.indexOf("@");
}

/** Pairs of a query. `+` stays as it is: it stands in addresses and telephone numbers. */
function queryOf(query: string): readonly (readonly [string, string])[] {
  return query
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const equals = part.indexOf("=");
      return equals < 0
        ? [percentDecoded(part), ""]
        : [percentDecoded(part.slice(0, equals)), percentDecoded(part.slice(equals + 1))];
    });
}

function readValue(option: ChannelOption, value: string): unknown {
  if (option.type === "flag")
    return value === "" || value === "true" ? true : value === "false" ? false : value;
  if (option.type === "number")
    return value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
  if (option.type === "list")
    return value
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "");
  return value;
}
