// Channels: one file for each kind of service, and the registry that lists them. What they share: HTTP, secrets, cutting.
import type { AwsSession } from "../../aws/session.ts";
import type { ChannelOptionTable, ChannelOptionValues, ChannelUrlForm } from "../../model/channel-option.ts";
import type { SecretReference } from "../../model/secret-reference.ts";
import type { Secret } from "../../support/secret.ts";
import type { Channel } from "../channel.ts";
import type { HttpClient } from "./http-client.ts";
import type { SecretSource } from "./secret-source.ts";

/** What channels need from outside. */
export interface ChannelPorts {
  readonly http: HttpClient;
  /** Looks a secret up, anew at each call. Rejects with a WatchkeeperError that doesn't hold it. */
  resolveSecret(reference: SecretReference): Promise<Secret>;
  /** A session in a region; of that account, or of the one that is there when none is named. */
  awsSession(region: string, account?: string): Promise<AwsSession>;
}

/** What a channel is made from. */
export interface ChannelSetup<Table extends ChannelOptionTable = ChannelOptionTable> {
  readonly name: string;
  readonly kind: string;
  readonly options: ChannelOptionValues<Table>;
  readonly secrets: SecretSource;
  readonly ports: ChannelPorts;
}

/** A kind of channel: an entry of the registry. */
export interface ChannelKind<Table extends ChannelOptionTable = ChannelOptionTable> {
  /** What it is, for lists. */
  readonly title: string;
  readonly options: Table;
  readonly url: ChannelUrlForm;
  /** What no single option shows: options that exclude or need each other. Text: what is wrong. */
  check?(options: ChannelOptionValues<Table>): string | undefined;
  create(setup: ChannelSetup<Table>): Channel;
}
