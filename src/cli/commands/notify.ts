import type { Command } from "commander";
import type { NotifyPlace } from "../../app/notify/open-notifier.ts";
import { parseDuration } from "../../model/duration.ts";
import type { Context } from "../../support/context.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { type CommandHost, contextFor, reachFrom } from "../command.ts";
import type { Io } from "../io.ts";
import { type AwsOptions, type CommonOptions, daysOfHistory, withAws } from "../options.ts";
import { printable, styleOf } from "../style.ts";
import { table } from "../table.ts";
import { showExplainedEvents } from "../views/explained-event-view.ts";
import { writeJson } from "../views/json.ts";
import { tellNewState } from "../views/new-state.ts";
import { showDelivery, showReady, showSent } from "../views/notify-view.ts";
import { repairNews } from "../views/repair-view.ts";

interface NotifyOptions extends AwsOptions, CommonOptions {
  readonly state?: string;
}

interface ListenOptions extends NotifyOptions {
  readonly http?: string;
  readonly queue?: string;
  readonly topic?: readonly string[];
  readonly trustLocal?: boolean;
  readonly heartbeat?: string;
  readonly metrics?: boolean;
  readonly reconcile: string;
  readonly renamedFrom?: string;
}

/** `watchkeeper notify …`: tells people of alarm events. */
export function registerNotify({ program, io, finish }: CommandHost): void {
  const notify = program
    .command("notify")
    .description("tell people of alarms: listen, send, test, explain, replay, reconcile");

  const listen = notify
    .command("listen")
    .description("take alarm events from SNS by HTTP, or from an SQS queue, and tell who is to be told")
    .option("--http <[host:]port>", "listen for HTTP deliveries of SNS; the host is 127.0.0.1 unless told")
    .option("--queue <queue>", "read a queue, given by name, ARN or URL; default: the configuration's own")
    .option("--topic <arn...>", "topics to take beside those of the configuration")
    .option("--trust-local", "take unsigned messages from this machine: for a local cloud")
    .option("--heartbeat <url>", "ask for this address every minute while all is well")
    .option("--metrics", "put the metrics Pending, OldestPending and Failed into CloudWatch")
    .option(
      "--reconcile <duration>",
      "how often to compare alarms with what was told and make up for it; 0: never",
      "15m",
    )
    .option("--renamed-from <name>", "name that the configuration had before: go on with its state");
  withState(listen).action(async (options: ListenOptions) => {
    const { place, context } = await open(io, options);
    const { listen: listenTo } = await import("../../app/listener/listen.ts");
    const health = await listenTo(
      {
        ...place,
        storeThread: io.storeThread,
        renamedFrom: options.renamedFrom,
        http: options.http === undefined ? undefined : addressOf(options.http),
        queue: options.queue,
        topics: options.topic ?? [],
        trustLocal: options.trustLocal === true,
        heartbeat: options.heartbeat,
        metrics: options.metrics === true,
        reconcileEvery: secondsOf("--reconcile", options.reconcile),
      },
      context,
      {
        ready: (listening) => showReady(listening, io, options),
        delivery: (report) => {
          if (!options.json) showDelivery(report, io);
        },
        repair: options.json ? () => undefined : repairNews(io),
      },
    );
    const pending = health.channels.reduce((sum, one) => sum + one.pending, 0);
    const left = pending === 1 ? ", 1 message waits" : `, ${pending} messages wait`;
    if (!options.json) await io.stdout.write(`stopped${pending === 0 ? "" : left}\n`);
  });

  const send = notify
    .command("send")
    .argument("<event.json>", "an event as SNS, SQS or EventBridge delivers it")
    .description("send one event through everything, and wait until it is delivered")
    .option("--wait <duration>", "how long to wait for that", "60s");
  withState(send).action(async (file: string, options: NotifyOptions & { readonly wait: string }) => {
    const { place, context } = await open(io, options);
    const { sendEvents } = await import("../../app/notify/send-event.ts");
    const sent = await sendEvents(place, file, secondsOf("--wait", options.wait) * 1000, context);
    if (options.json)
      await writeJson(io.stdout, {
        version: 1,
        events: sent.receptions.map((one) =>
          one.outcome === "placed"
            ? { outcome: "placed", fingerprint: one.alert.fingerprint, groups: one.groups }
            : one,
        ),
        messages: sent.messages,
        later: sent.later.map(({ group, at }) => ({ group, at: new Date(at).toISOString() })),
      });
    else await showSent(sent, io);
    await tellNewState(sent.state, TOLD_ELSEWHERE, io);
    if (sent.messages.some(({ outcome }) => outcome !== "delivered")) finish(1);
  });

  const test = notify
    .command("test")
    .argument("<channel>", "key of a channel in the configuration")
    .description("send a test message to one channel; nobody is called by it");
  withAws(test).action(async (channel: string, options: NotifyOptions) => {
    const { place, context } = await open(io, options);
    const { testChannel } = await import("../../app/notify/test-channel.ts");
    const result = await testChannel(place, channel, context);
    if (result.outcome === "failed")
      throw new WatchkeeperError(`channel-${result.reason}`, `${channel}: ${result.message}`, {
        retryable: result.retry,
      });
    if (options.json) await writeJson(io.stdout, { version: 1, channel, outcome: result.outcome });
    else await io.stdout.write(`${styleOf(io.stdout, io.env).green("delivered")}  ${printable(channel)}\n`);
  });

  const explain = notify
    .command("explain")
    .argument("<event.json>", "an event as SNS, SQS or EventBridge delivers it")
    .description("tell which way an event would go now, who would be told, and why; sends nothing");
  withState(explain).action(async (file: string, options: NotifyOptions) => {
    const { place, context } = await open(io, options);
    const { explainEvents } = await import("../../app/notify/explain-event.ts");
    await showExplainedEvents(await explainEvents(place, file, context), io, options);
  });

  const replay = notify
    .command("replay")
    .description("what this configuration would have sent of what alarms really published; sends nothing")
    .option("--days <days>", "how far to look back, 1 to 30", daysOfHistory, 30)
    .option("--topic <arn...>", "topics to take beside those of the configuration");
  withAws(replay).action(
    async (options: NotifyOptions & { readonly days: number; readonly topic?: readonly string[] }) => {
      const { place, context } = await open(io, options);
      const { replay: replayed } = await import("../../app/notify/replay.ts");
      const result = await replayed(place, options.days, options.topic ?? [], context);
      if (options.json) {
        await writeJson(io.stdout, {
          version: 1,
          from: new Date(result.from).toISOString(),
          to: new Date(result.to).toISOString(),
          transitions: result.transitions,
          untold: result.untold,
          channels: result.channels.values(),
        });
        return;
      }
      await io.stdout.write(
        `${result.transitions} changes of state in ${options.days} days that people would be told of\n`,
      );
      const columns = [
        { title: "channel" },
        ...["messages", "one each", "worst hour"].map((title) => ({ title, align: "right" as const })),
      ];
      const rows = result.channels.map(({ channel, messages, oneEach, worstHour }) => [
        channel,
        String(messages),
        String(oneEach),
        String(worstHour),
      ]);
      await io.stdout.write(table(columns, rows, io.stdout.isTerminal ? io.stdout.columns : 120));
      if (result.untold > 0)
        await io.stdout.write(
          `${result.untold} actions are left out: CloudWatch's history doesn't hold what they published\n`,
        );
    },
  );

  const reconcile = notify
    .command("reconcile")
    .description("compare alarms with what was told, and tell what was missed; `listen` does so by itself")
    .option("--topic <arn...>", "topics to take beside those of the configuration")
    .option("--wait <duration>", "how long to wait for deliveries", "60s");
  withState(reconcile).action(
    async (options: NotifyOptions & { readonly wait: string; readonly topic?: readonly string[] }) => {
      const { place, context } = await open(io, options);
      const { reconcileNow } = await import("../../app/listener/reconcile-now.ts");
      const wait = secondsOf("--wait", options.wait) * 1000;
      const { state, ...result } = await reconcileNow(place, options.topic ?? [], wait, context);
      if (options.json) await writeJson(io.stdout, { version: 1, ...result });
      else
        await io.stdout.write(
          `${result.alarms} alarms compared: ${result.sent} had been missed, ${result.recovered} had recovered unnoticed\n` +
            (result.pending > 0 ? `${result.pending} messages still wait to be delivered\n` : ""),
        );
      await tellNewState(state, TOLD_ELSEWHERE, io);
      if (result.pending > 0) finish(1);
    },
  );
}

/** What comes of a state that is new. */
const TOLD_ELSEWHERE = "what a listener with another --state has told counts as not told";

function withState(command: Command): Command {
  return withAws(command).option(
    "--state <file>",
    "file that keeps what was told; default: the configuration's own in $XDG_STATE_HOME/watchkeeper",
  );
}

async function open(
  io: Io,
  options: NotifyOptions,
): Promise<{ readonly place: NotifyPlace; readonly context: Context }> {
  const context = await contextFor(io, options);
  const { readConfiguration } = await import("../../app/read-configuration.ts");
  const { configuration } = readConfiguration(options.config, io.cwd);
  const place = { configuration, reach: reachFrom(io, options), cwd: io.cwd, state: options.state };
  return { place, context };
}

/** `8080`, `0.0.0.0:8080` or `[::1]:8080`. */
function addressOf(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:(\[[0-9a-f:]+\]|[^:]+):)?(\d{1,5})$/i.exec(text);
  const port = Number(match?.[2]);
  if (!match || port > 65_535)
    throw new WatchkeeperError("usage", `--http ${text} is no address`, {
      remedy: "give a port, or host and port: 8080, 0.0.0.0:8080",
    });
  return { host: (match[1] ?? "127.0.0.1").replace(/^\[|\]$/g, ""), port };
}

function secondsOf(option: string, text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== undefined) return seconds;
  throw new WatchkeeperError("usage", `${option} ${text} is no duration`, { remedy: "write 30s, 15m or 1h" });
}
