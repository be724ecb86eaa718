import type { ChannelConfig } from "../../model/notification-policy.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { didYouMean } from "../../support/suggest.ts";
import type { Channel } from "../channel.ts";
import type { ChannelKind, ChannelPorts } from "./channel-kind.ts";
import { CHANNEL_KINDS } from "./registry.ts";
import { SecretSource } from "./secret-source.ts";

/**
 * A channel as it is configured; the configuration's loader has checked each option by its kind's table. Connects to nothing and looks no secret up: that is for its first send. Fails with
 * `unknown-channel-kind` or `channel-options`.
 */
export function makeChannel(config: ChannelConfig, ports: ChannelPorts): Channel {
  const { name, kind, options } = config;
  const kinds = CHANNEL_KINDS as unknown as Readonly<Record<string, ChannelKind>>;
  const found = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (!found) {
    throw new WatchkeeperError(
      "unknown-channel-kind",
      `channel ${name}: there is no kind ${JSON.stringify(kind)}.${didYouMean(kind, Object.keys(kinds))}`,
      { remedy: `kinds are ${Object.keys(kinds).join(", ")}` },
    );
  }
  const problem = found.check?.(options as never);
  if (problem !== undefined) throw new WatchkeeperError("channel-options", `channel ${name} ${problem}`);
  const secrets = new SecretSource(config.secrets, (reference) => ports.resolveSecret(reference));
  return found.create({ name, kind, options: options as never, secrets, ports });
}
