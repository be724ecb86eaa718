import type { ChannelConfig } from "../../model/notification-policy.ts";
import { parseSecretReference, SECRET_FORMS, type SecretReference } from "../../model/secret-reference.ts";
import { didYouMean } from "../../support/suggest.ts";
import type { Reading } from "../reading.ts";
import type { ChannelForm } from "../registries.ts";
import { reportIssues, schemaWording } from "../schema-issues.ts";
import { plainKey } from "../schema-parts.ts";
import type { Path } from "../yaml-source.ts";
import { channelOptionsSchema } from "./channel-options.ts";
import { optionsFromUrl, parseChannelUrl } from "./channel-url.ts";

/** Options that every kind has: they are of the pipeline, not of the channel. */
const COMMON = ["kind", "send_resolved"] as const;

type Options = Readonly<Record<string, unknown>>;

/** `notifications.channels`, as far as they are sound. */
export function channelsFrom(
  reading: Reading,
  forms: Readonly<Record<string, ChannelForm>>,
): Record<string, ChannelConfig> {
  const channels: Record<string, ChannelConfig> = {};
  for (const name of reading.keys(["notifications", "channels"])) {
    const path = ["notifications", "channels", name];
    const written = reading.raw(path);
    const options =
      typeof written === "string" ? fromUrl(written, path, reading, forms) : fromMapping(written);
    if (options === undefined || !plainKey.safeParse(name).success) continue;
    const channel = channelFrom(name, options, path, reading, forms);
    if (channel) channels[name] = channel;
  }
  return channels;
}

function fromMapping(written: unknown): Options | undefined {
  return typeof written === "object" && written !== null && !Array.isArray(written)
    ? (written as Options)
    : undefined;
}

function fromUrl(
  text: string,
  path: Path,
  reading: Reading,
  forms: Readonly<Record<string, ChannelForm>>,
): Options | undefined {
  const url = parseChannelUrl(text);
  if (typeof url === "string") {
    reading.error("bad-channel", `this channel ${url}`, path);
    return undefined;
  }
  const form = formOf(url.kind, path, reading, forms);
  if (!form) return undefined;
  const { send_resolved: sendResolved, ...query } = url.query;
  if (sendResolved !== undefined && sendResolved !== "true" && sendResolved !== "false") {
    reading.error("bad-channel", "send_resolved must be true or false", path);
    return undefined;
  }
  const options = optionsFromUrl({ ...url, query }, form);
  if (typeof options === "string") {
    reading.error("bad-channel", `this ${url.kind} channel ${options}`, path);
    return undefined;
  }
  return {
    ...options,
    kind: url.kind,
    ...(sendResolved === undefined ? {} : { send_resolved: sendResolved === "true" }),
  };
}

function formOf(
  kind: unknown,
  path: Path,
  reading: Reading,
  forms: Readonly<Record<string, ChannelForm>>,
): ChannelForm | undefined {
  if (typeof kind !== "string") return undefined;
  if (Object.hasOwn(forms, kind)) return forms[kind];
  const kinds = Object.keys(forms);
  const remedy = didYouMean(kind, kinds) || ` There are: ${kinds.join(", ")}`;
  reading.error("unknown-channel-kind", `unknown kind of channel ${JSON.stringify(kind)}.${remedy}`, path);
  return undefined;
}

function channelFrom(
  name: string,
  written: Options,
  path: Path,
  reading: Reading,
  forms: Readonly<Record<string, ChannelForm>>,
): ChannelConfig | undefined {
  const isUrl = typeof reading.raw(path) === "string";
  const kind = written["kind"];
  const form = formOf(kind, isUrl ? path : [...path, "kind"], reading, forms);
  if (!form || typeof kind !== "string") return undefined;
  const options = Object.fromEntries(
    Object.entries(written).filter(([key]) => !(COMMON as readonly string[]).includes(key)),
  );
  const secrets = secretsIn(options, form, (key) => (isUrl ? path : [...path, key]), reading);
  if (!secrets) return undefined;
  const parsed = channelOptionsSchema(form.options).safeParse(options, { error: schemaWording });
  if (parsed.error) {
    if (isUrl)
      for (const { path: place, message } of parsed.error.issues)
        reading.error("bad-channel", `${place.map(String).join(".") || "this channel"} ${message}`, path);
    else reportIssues(parsed.error.issues, reading, path);
    return undefined;
  }
  const checked = Object.fromEntries(Object.entries(parsed.data).filter(([, value]) => value !== undefined));
  const problem = form.check?.(checked);
  if (problem !== undefined) {
    reading.error("bad-channel", `channel "${name}" ${problem}`, path, "key");
    return undefined;
  }
  return {
    name,
    kind,
    options: checked,
    secrets,
    sendResolved: written["send_resolved"] !== false,
    position: reading.source.position(path, "key"),
  };
}

/** The references among the options. A secret itself is refused, and never repeated in the message. */
function secretsIn(
  options: Options,
  form: ChannelForm,
  place: (key: string) => Path,
  reading: Reading,
): Record<string, SecretReference> | undefined {
  const secrets: Record<string, SecretReference> = {};
  let sound = true;
  for (const [key, { type }] of Object.entries(form.options)) {
    if (type !== "secret") continue;
    const value = options[key];
    if (value === undefined) continue;
    const reference = typeof value === "string" ? parseSecretReference(value) : undefined;
    if (reference) secrets[key] = reference;
    else {
      sound = false;
      reading.error(
        "literal-secret",
        `${key} must be a reference (${SECRET_FORMS}): a secret doesn't belong in this file. Keep it in an environment variable, or with aws ssm put-parameter --type SecureString`,
        place(key),
      );
    }
  }
  return sound ? secrets : undefined;
}
