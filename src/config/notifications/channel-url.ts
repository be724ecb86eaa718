import type { ChannelOption } from "../../model/channel-option.ts";
import { didYouMean } from "../../support/suggest.ts";
import type { ChannelForm } from "../registries.ts";

/** A channel in one line, taken apart: `slack://env:SLACK_TOKEN@/C123?mention=@here`. */
export interface ChannelUrl {
  readonly kind: string;
  /** Everything between `://` and `?`. */
  readonly main: string;
  readonly query: Readonly<Record<string, string>>;
}

/** Takes a short URL apart. Text: what is wrong; it never repeats the URL, which may hold a secret. */
export function parseChannelUrl(text: string): ChannelUrl | string {
  const scheme = /^([a-z][a-z0-9+-]*):\/\//.exec(text);
  if (!scheme) return "must begin with the kind of channel: slack://..., or be a mapping with kind: slack";
  const rest = text.slice(scheme[0].length);
  const mark = rest.indexOf("?");
  const query: Record<string, string> = {};
  // A plus is a plus: phone numbers and addresses have it.
  for (const [key, value] of new URLSearchParams(
    mark < 0 ? "" : rest.slice(mark + 1).replaceAll("+", "%2B"),
  )) {
    if (Object.hasOwn(query, key)) return `says ${JSON.stringify(key)} twice`;
    query[key] = value;
  }
  return { kind: scheme[1] ?? "", main: mark < 0 ? rest : rest.slice(0, mark), query };
}

/**
 * What stands before the `@`: a reference to a secret, which may hold slashes (`ssm:/slack/token`) and ends with the first `@`
 * that a host, a path or nothing follows; or anything without a slash. A later `@` is of the path: `/@name`.
 */
const USER = /^((?:env|ssm|secretsmanager|kms):.*?|[^/@]*)@(?=$|\/|[\w.:[\]-]+(?:\/|$))/s;

/** The options that a short URL stands for, as they would be written. Text: what is wrong. */
export function optionsFromUrl(
  { main, query }: ChannelUrl,
  { options, url }: ChannelForm,
): Readonly<Record<string, unknown>> | string {
  const [whole = "", user = ""] = USER.exec(main) ?? [];
  const place = main.slice(whole.length);
  const example = `: for example ${url.example}`;
  const found: Record<string, unknown> = {};
  const put = (key: string | undefined, text: string, what: string): string | undefined => {
    if (text === "") return undefined;
    if (key === undefined) return `can't have ${what}${example}`;
    const option = Object.hasOwn(options, key) ? options[key] : undefined;
    if (option) found[key] = optionValue(option, option.type === "secret" ? text : decoded(text));
    return undefined;
  };
  const slash = place.indexOf("/");
  const problems = [
    put(url.user, user, "anything before @"),
    ...(url.address === undefined
      ? [
          put(url.host, slash < 0 ? place : place.slice(0, slash), "a host"),
          put(url.path, slash < 0 ? "" : place.slice(slash + 1), "a path"),
        ]
      : [put(url.address, addressOf(place, options[url.address]), "an address")]),
  ];
  for (const [key, text] of Object.entries(query)) {
    const option = Object.hasOwn(options, key) ? options[key] : undefined;
    if (!option || option.type === "map")
      return `has no option ${JSON.stringify(key)}.${didYouMean(key, Object.keys(options)) || ` There are: ${Object.keys(options).join(", ")}`}`;
    found[key] = optionValue(option, text);
  }
  return problems.find((problem) => problem !== undefined) ?? found;
}

/** `https://` in front of a place, `http://` on this machine; a reference to a secret address stays as it is. */
function addressOf(place: string, option: ChannelOption | undefined): string {
  if (place === "" || option?.type === "secret") return place;
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?:[:/]|$)/.test(place)
    ? `http://${place}`
    : `https://${place}`;
}

function optionValue({ type }: ChannelOption, text: string): unknown {
  if (type === "flag" && /^(?:true|false|)$/.test(text)) return text !== "false";
  if (type === "number" && text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
  if (type === "list")
    return text
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "");
  return text;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
