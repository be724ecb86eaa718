import type { Configuration } from "../../model/configuration.ts";
import type { ChannelConfig, NotificationPolicy } from "../../model/notification-policy.ts";
import type { SecretReference } from "../../model/secret-reference.ts";
import type { Channel } from "../../notify/channel.ts";
import type { ChannelPorts } from "../../notify/channels/channel-kind.ts";
import { HttpClient } from "../../notify/channels/http-client.ts";
import { makeChannel } from "../../notify/channels/make-channel.ts";
import type { DeliveryReport } from "../../notify/delivery/channel-delivery.ts";
import { Delivery } from "../../notify/delivery/delivery.ts";
import { type Knowledge, knowledgeOf } from "../../notify/knowledge.ts";
import type { Store } from "../../state/store.ts";
import type { Context } from "../../support/context.ts";
import { isWatchkeeperError, WatchkeeperError } from "../../support/errors.ts";
import type { Reach } from "../open-connection.ts";
import { alarmPictures } from "./alarm-pictures.ts";
import { AwsAccess } from "./aws-access.ts";
import { COMPANY, Notifier } from "./notifier.ts";
import { isGone, ownerOfThisProcess } from "./process-owner.ts";
import { checkSecrets, resolveSecret } from "./resolve-secret.ts";
import { ResourceNames } from "./resource-names.ts";
import { fileTrouble, openStateFor, type StateUse } from "./state-file.ts";

/** Where and for whom notifying runs. */
export interface NotifyPlace {
  readonly configuration: Configuration;
  readonly reach: Reach;
  readonly cwd: string;
  /** File of the state; the configuration's own when not given. */
  readonly state?: string | undefined;
  /** Name that the configuration had before, see `StatePlace`. */
  readonly renamedFrom?: string | undefined;
  /**
   * The built program in whose thread the state works, `dist/store-thread.js` (`watchkeeper/store-thread`). Left out, it works in
   * this thread, which does nothing else while it waits for the disk.
   */
  readonly storeThread?: URL | undefined;
}

/** The channels of a configuration with what they need. */
export interface OpenChannels {
  readonly policy: NotificationPolicy;
  readonly channels: readonly Channel[];
  readonly aws: AwsAccess;
  readonly http: HttpClient;
  close(): Promise<void>;
}

/** A whole notifier: state, pipeline, delivery. */
export interface OpenNotifier extends OpenChannels {
  readonly file: string;
  /** False when the state was made just now. */
  readonly wasThere: boolean;
  /** Why what is stored won't last: somebody removed or replaced the file. */
  readonly fileTrouble: () => string | undefined;
  readonly store: Store;
  readonly notifier: Notifier;
  readonly delivery: Delivery;
  readonly names: ResourceNames;
  readonly knowledge: Knowledge;
  /** Aborted when the store has ended by itself, with the reason: nothing can be stored any more. */
  readonly lost: AbortSignal;
  /** Ends sending: what is under way ends, and its outcome is stored. */
  stop(): Promise<void>;
}

/** What `notifications:` says. Fails with `no-notifications` when it isn't there. */
export function notificationPolicy(configuration: Configuration): NotificationPolicy {
  if (configuration.notifications) return configuration.notifications;
  throw new WatchkeeperError(
    "no-notifications",
    `${configuration.file} has no notifications:, so there is nobody to tell`,
    { remedy: "docs/notifications.md shows how to write them" },
  );
}

/** Makes the channels and looks all of their secrets up once; with `only` those of one. Fails with `unknown-channel` or `secret-unavailable`. */
export async function openChannels(
  { configuration, reach }: Pick<NotifyPlace, "configuration" | "reach">,
  context: Context,
  only?: string,
): Promise<OpenChannels> {
  const policy = notificationPolicy(configuration);
  const wanted =
    only === undefined
      ? policy.channels
      : Object.fromEntries(Object.entries(policy.channels).filter(([name]) => name === only));
  if (Object.keys(wanted).length === 0)
    throw new WatchkeeperError("unknown-channel", `there is no channel ${JSON.stringify(only)}`, {
      remedy: `channels are ${Object.keys(policy.channels).join(", ")}`,
    });
  const aws = new AwsAccess(configuration, reach, context);
  const http = new HttpClient();
  const resolve = (reference: SecretReference) => resolveSecret(reference, { env: reach.env, aws });
  const ports: ChannelPorts = {
    http,
    resolveSecret: resolve,
    awsSession: (region, account) => aws.session(region, account),
  };
  const close = async (): Promise<void> => {
    http.close();
    await aws.close();
  };
  try {
    const channels = Object.values(wanted).map((config) => madeChannel(config, ports));
    await checkSecrets(wanted, resolve);
    return { policy, channels, aws, http, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A channel whose failures name it. */
function madeChannel(config: ChannelConfig, ports: ChannelPorts): Channel {
  try {
    return makeChannel(config, ports);
  } catch (error) {
    if (!isWatchkeeperError(error) || error.code !== "channel-address") throw error;
    const { code, remedy, message } = error;
    throw new WatchkeeperError(code, `channel ${config.name}: ${message}`, { remedy, cause: error });
  }
}

/** Opens everything, the state for a use; delivery begins. `report` is told what becomes of each message. */
export async function openNotifier(
  use: Extract<StateUse, "listen" | "write">,
  place: NotifyPlace,
  context: Context,
  report?: (report: DeliveryReport) => void,
): Promise<OpenNotifier> {
  const { configuration, reach, storeThread } = place;
  const open = await openChannels(place, context);
  const { policy, channels } = open;
  const lost = new AbortController();
  const thread = storeThread && { program: storeThread, onLost: (error: Error) => lost.abort(error) };
  let store: Store | undefined;
  try {
    const state = await openStateFor(use, { ...place, env: reach.env }, thread);
    const { file } = state;
    store = state.store;
    const delivery = new Delivery({
      store,
      channels,
      context,
      owner: ownerOfThisProcess(context.clock.now().getTime()),
      isGone,
      picture: alarmPictures(open.aws, context),
      ...(report ? { report } : {}),
    });
    await delivery.start();
    const names = new ResourceNames();
    await names.begin(open.aws, context);
    const knowledge = knowledgeOf(configuration, names.lookup, names.accountName);
    const notifier = new Notifier({
      store,
      policy,
      knowledge,
      context,
      company: COMPANY,
      onMessages: (messages) => delivery.deliver(messages),
    });
    const opened = store;
    let stopped: Promise<void> | undefined;
    const stop = (): Promise<void> => {
      stopped ??= delivery.stop();
      return stopped;
    };
    return {
      ...open,
      file,
      wasThere: state.isThere,
      fileTrouble: fileTrouble(file),
      store,
      notifier,
      delivery,
      names,
      knowledge,
      lost: lost.signal,
      stop,
      close: async () => {
        await stop();
        await open.close();
        await opened.close();
      },
    };
  } catch (error) {
    await open.close();
    await store?.close();
    throw error;
  }
}
