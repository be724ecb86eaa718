import type { ChannelOption, ChannelOptionTable, ChannelUrlForm } from "../../src/model/channel-option.ts";
import { CHANNEL_KINDS } from "../../src/notify/channels/registry.ts";

/** docs/channels.md, out of the registry of channels. */
export function channelDocs(): string {
  const kinds: readonly (readonly [
    string,
    { readonly title: string; readonly options: ChannelOptionTable; readonly url: ChannelUrlForm },
  ])[] = Object.entries(CHANNEL_KINDS);
  return [
    "# Channels",
    "",
    "A channel is one line, `kind://…`, or a mapping with `kind:` and these options; `send_resolved: false` leaves recoveries out. Secrets are",
    "references: `env:NAME`, `ssm:/name`, `secretsmanager:name`, `kms:CIPHERTEXT`. How messages are sent is in [delivery.md](delivery.md).",
    "Editors complete kinds and options from the JSON Schema that `watchkeeper validate --schema` prints.",
    ...kinds.flatMap(([kind, { title, options, url }]) => [
      "",
      `## ${kind}: ${title}`,
      "",
      `\`${url.example}\``,
      "",
      "| option | value | what |",
      "|---|---|---|",
      ...Object.entries(options).map(
        ([key, option]) =>
          `| \`${key}\`${option.required ? "" : " (optional)"} | ${valueText(option)} | ${option.description} |`,
      ),
    ]),
    "",
  ].join("\n");
}

function valueText(option: ChannelOption): string {
  switch (option.type) {
    case "text":
      return option.form ?? "text";
    case "secret":
      return "reference to a secret";
    case "flag":
      return "true or false";
    case "number":
      return `number from ${option.least} to ${option.most}`;
    case "choice":
      return option.values.join(", ");
    case "list":
      return `one or several: ${option.form ?? "text"}`;
    case "map":
      return "texts by name";
  }
}
