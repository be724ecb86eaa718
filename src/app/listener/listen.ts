// Listening: the process that takes alarms in, for people and for repairs, and looks after itself. This file: all that it does at once.
import type { RemediationRun } from "../../model/remediation-run.ts";
import { safeAddress } from "../../notify/channels/safe-address.ts";
import type { DeliveryReport } from "../../notify/delivery/channel-delivery.ts";
import type { Context } from "../../support/context.ts";
import { messageOf, WatchkeeperError } from "../../support/errors.ts";
import { type NotifyPlace, type OpenNotifier, openNotifier } from "../notify/open-notifier.ts";
import { checkTopics, configuredTopics } from "../notify/topics.ts";
import { listeningRepairs } from "../remediation/listening-repairs.ts";
import { certificateFetcher } from "./certificates.ts";
import { configuredQueue } from "./configured-queue.ts";
import { type HealthReport, healthOf, watchHealth } from "./health.ts";
import { healthMetrics, heartbeat } from "./health-signals.ts";
import { type HttpEndpoint, openHttpEndpoint } from "./http-endpoint.ts";
import { consumeQueue, findQueue } from "./queue-consumer.ts";
import { confirmerOf } from "./queue-subscription.ts";
import { reconcile } from "./reconcile.ts";
import { tellingRefusals } from "./refusals.ts";

/** How often health is looked at, ms. */
const HEALTH_EVERY = 60_000;

/** How often names of resources are looked up, ms. */
const NAMES_EVERY = 10 * 60_000;

/** What to listen to, and what besides to do. */
export interface ListenOptions extends NotifyPlace {
  readonly http?: { readonly host: string; readonly port: number } | undefined;
  /** Name, ARN or URL; the configuration's own when not given. */
  readonly queue?: string | undefined;
  /** ARNs of topics beside the configuration's own. */
  readonly topics: readonly string[];
  readonly trustLocal: boolean;
  /** Address that is asked for every minute while all is well. */
  readonly heartbeat?: string | undefined;
  readonly metrics: boolean;
  /** How often alarms are compared with what was told, seconds; 0: never. */
  readonly reconcileEvery: number;
}

/** Told what happens. */
export interface ListenReports {
  ready(listening: {
    readonly http?: string;
    readonly queue?: string;
    readonly state: string;
    readonly channels: readonly string[];
  }): Promise<void>;
  delivery(report: DeliveryReport): void;
  /** A repair has come further. */
  repair(run: RemediationRun): void;
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/;

/**
 * Listens until `context.signal` is aborted: then nothing new is taken in, sends under way end, and everything else stays in the
 * state for the next start. Answers how it stood at the end. Rejects for what is wrong at the start, and when the store's thread has
 * ended by itself: whoever started it starts it again.
 */
export async function listen(
  options: ListenOptions,
  context: Context,
  reports: ListenReports,
): Promise<HealthReport> {
  check(options);
  const end = new AbortController();
  // What is under way when it is stopped is to end well: it doesn't hear of the signal.
  const inner: Context = { ...context, signal: end.signal };
  const open = await openNotifier("listen", options, inner, (report) => reports.delivery(report));
  const signal = AbortSignal.any([context.signal, open.lost]);
  let endpoint: HttpEndpoint | undefined;
  try {
    const { http, aws, configuration } = { ...open, ...options, http: options.http };
    const isConfigured = await configuredTopics(configuration, options.topics, aws);
    const repairs = listeningRepairs(configuration, open, inner, (run) => reports.repair(run));
    const receive = tellingRefusals(async (events) => {
      const receptions = await open.notifier.receive(events);
      await repairs?.take(events);
      return receptions;
    }, inner);
    const confirm = confirmerOf(isConfigured, aws, context);
    const queue =
      options.queue === undefined
        ? await configuredQueue(configuration, aws)
        : await findQueue(options.queue, (region, account) => aws.session(region, account));
    if (http)
      endpoint = await openHttpEndpoint({
        ...http,
        context: inner,
        isConfigured,
        fetchCertificate: certificateFetcher(),
        trustLocal: options.trustLocal,
        receive,
        health: async () => {
          const { healthy, ...report } = await healthOf(open, context.clock.now().getTime());
          return { healthy, report };
        },
      });
    await reports.ready({
      ...(endpoint ? { http: endpoint.url } : {}),
      ...(queue ? { queue: queue.url } : {}),
      state: open.file,
      channels: open.channels.map(({ name }) => name),
    });
    await Promise.all([
      open.notifier.run(signal),
      ...(repairs ? [repairs.run(signal)] : []),
      ...(queue ? [consumeQueue({ ...queue, context: inner, receive, confirm }, signal)] : []),
      lookUpNames(open, inner, signal),
      watchHealth(healthOptions(options, open, inner), signal),
      ...(options.reconcileEvery > 0 ? [reconcileRegularly(options, open, inner, signal)] : []),
      aborted(signal),
    ]);
    await endpoint?.close();
    endpoint = undefined;
    open.lost.throwIfAborted();
    // What was under way counts as what became of it.
    await open.stop();
    return await healthOf(open, context.clock.now().getTime());
  } finally {
    await endpoint?.close();
    await open.close();
    end.abort();
  }
}

function check({ http, queue, topics, trustLocal, heartbeat, configuration }: ListenOptions): void {
  if (heartbeat !== undefined) safeAddress(heartbeat, "--heartbeat");
  checkTopics(topics);
  const listen = configuration.notifications?.listen;
  if (!http && queue === undefined && listen?.queue === undefined)
    throw new WatchkeeperError("usage", "there is nothing to listen to", {
      remedy:
        listen?.endpoint === undefined
          ? "name a queue under notifications.listen, or give --http [HOST:]PORT or --queue NAME"
          : `give --http [HOST:]PORT, where ${listen.endpoint} leads to`,
    });
  if (trustLocal && http && !LOOPBACK.test(http.host))
    throw new WatchkeeperError(
      "usage",
      `--trust-local takes unsigned messages, and ${http.host} is open to others`,
      { remedy: "listen on 127.0.0.1, or leave --trust-local away" },
    );
}

function healthOptions(options: ListenOptions, open: OpenNotifier, context: Context) {
  const { delivery, notifier, fileTrouble, store, channels, http, aws } = open;
  return {
    delivery,
    notifier,
    fileTrouble,
    store,
    context,
    channels: channels.map(({ name }) => name),
    every: HEALTH_EVERY,
    told: [
      ...(options.heartbeat === undefined ? [] : [heartbeat(options.heartbeat, http, context)]),
      ...(options.metrics ? [healthMetrics(options.configuration.name, () => aws.session(), context)] : []),
    ],
  };
}

async function reconcileRegularly(
  options: ListenOptions,
  open: OpenNotifier,
  context: Context,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const { sent, recovered } = await reconcile(open, options.configuration, options.topics, context);
      if (sent + recovered > 0)
        context.log.warn("what had been missed was made up for", { alarms: sent, recoveries: recovered });
    } catch (error) {
      context.log.warn("alarms can't be compared with what was told", { reason: messageOf(error) });
    }
    await context.clock.sleep(options.reconcileEvery * 1000, signal).catch(() => undefined);
  }
}

/** New machines get their names within ten minutes. */
async function lookUpNames(
  { names, aws }: OpenNotifier,
  context: Context,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await context.clock.sleep(NAMES_EVERY, signal).catch(() => undefined);
    if (!signal.aborted) await names.refresh(aws, context);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
