import type { AlarmDefinition } from "../../model/alarm-policy.ts";
import type { Resource } from "../../model/resource.ts";
import { sha256 } from "../../support/canonical-json.ts";
import { renderTemplate } from "./template.ts";

/** CloudWatch's limit, in characters. */
const MAX_NAME = 255;
const HASH_LENGTH = 8;

/** CloudWatch refuses ASCII control characters; unpaired surrogates can't be sent as UTF-8. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is removed
const REFUSED = /[\u0000-\u001f\u007f]|\p{Surrogate}/gu;

/**
 * The name of an alarm: its template (default `<key>-$resource.id`, or the key alone for alarms of no resource), then what tells
 * several of one definition apart. Deterministic; holds neither threshold nor image id, so it stays when they change.
 * Too long names end in a hash of the whole.
 */
export function alarmName(
  definition: Pick<AlarmDefinition, "key" | "name">,
  resource: Resource | undefined,
  readable: readonly string[],
): { readonly name: string } | { readonly lacks: string } {
  const { key } = definition;
  const template = definition.name ?? (resource ? `${key}-$resource.id` : key);
  const rendered = renderTemplate(template, resource);
  if ("lacks" in rendered) return rendered;
  const whole = [rendered.text, ...readable].join("-").replace(REFUSED, "").trim();
  return { name: fitted(whole === "" ? key : whole) };
}

function fitted(name: string): string {
  if (name.length <= MAX_NAME) return name;
  const points = [...name];
  if (points.length <= MAX_NAME) return name;
  const kept = points.slice(0, MAX_NAME - HASH_LENGTH - 1).join("");
  return `${kept}-${sha256(name).slice(0, HASH_LENGTH)}`;
}
