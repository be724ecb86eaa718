// The listener as a process, killed with -9 at random points while events come by HTTP and from a queue, in disorder and twice.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { PublishBatchCommand } from "@aws-sdk/client-sns";
import { GetQueueUrlCommand, SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { webhook } from "../../src/notify/channels/webhook.ts";
import type { Notification } from "../../src/notify/notification.ts";
import { freePort } from "../support/free-port.ts";
import { kill } from "./support/child-process.ts";
import { ACCOUNT, OPS, openListenerStage, REGION } from "./support/listener.ts";
import type { Stage } from "./support/stage.ts";

const SOAK = process.env["WATCHKEEPER_SOAK"] !== undefined;
const KILLS = SOAK ? 200 : 10;
/** Each fires and recovers. */
const ALARMS = SOAK ? 500 : 100;
/** Sends on the wire, and as many of which the outcome isn't stored yet. */
const IN_FLIGHT =
  2 *
  (webhook.create({
    name: "hook",
    kind: "webhook",
    options: { url: "http://127.0.0.1:1/" },
    secrets: {},
    sendResolved: true,
    ports: {},
  } as never).pace?.atOnce ?? 0);

let stage: Stage;
beforeAll(async () => {
  stage = await openListenerStage();
});
afterAll(() => stage.close());

/** What the webhook heard, and how often. */
class Heard {
  total = 0;
  /** By alarm, each message once: `A` fires, `O` recovered, `L` told late as over. */
  readonly alarms = new Map<string, string>();
  readonly #ids = new Set<string>();

  take(body: string): void {
    const { id, alerts } = JSON.parse(body) as Notification;
    this.total += 1;
    if (this.#ids.has(id)) return;
    this.#ids.add(id);
    for (const { status, late, text } of alerts) {
      const letter = late ? "L" : status === "firing" ? "A" : "O";
      this.alarms.set(text.name, `${this.alarms.get(text.name) ?? ""}${letter}`);
    }
  }

  get repeated(): number {
    return this.total - this.#ids.size;
  }

  get isAll(): boolean {
    const ended = [...this.alarms.values()].filter((letters) => /[OL]$/.test(letters));
    return ended.length === ALARMS;
  }
}

describe("kill -9 of the listener", () => {
  it(`${KILLS} times over ${2 * ALARMS} events: all is told, in order, and little of it twice`, {
    timeout: SOAK ? 1_200_000 : 120_000,
  }, async () => {
    const heard = new Heard();
    let kills = 0;
    let killAt = 0;
    let isOver = false;
    const hook = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        heard.take(body);
        const now = kills < KILLS && heard.total >= killAt;
        // Sometimes before the answer, sometimes after it.
        if (now && Math.random() < 0.5) kill(child);
        response.end("ok");
        if (now) kill(child);
      });
    });
    await new Promise<void>((done) => hook.listen(0, "127.0.0.1", done));
    const port = await freePort();
    stage.write("watchkeeper.yaml", configuration((hook.address() as AddressInfo).port));
    const begin = () => {
      const started = stage.begin(
        ["notify", "listen", "--queue", "inbox", "--http", String(port), "--trust-local", "--reconcile", "0"],
        { timeoutMs: SOAK ? 1_200_000 : 100_000 },
      );
      killAt = heard.total + Math.ceil(Math.random() * Math.max(2, (2 * ALARMS) / KILLS));
      // Now and then early: while it starts, or takes its first events in.
      const early = kills % 3 === 2 && kills < KILLS;
      const timer = early ? setTimeout(() => kill(started), Math.random() * 1500) : undefined;
      started.stderr.setEncoding("utf8").on("data", (text: string) => {
        complaints += text;
      });
      started.once("close", () => {
        clearTimeout(timer);
        if (isOver) return;
        kills += 1;
        child = begin();
      });
      return started;
    };
    let complaints = "";
    let child = begin();
    await comeAgainSoon();

    const events = shuffled(
      Array.from({ length: ALARMS }, (_, n) => [eventOf(n, "ALARM"), eventOf(n, "OK")]).flat(),
    );
    const start = performance.now();
    for (let at = 0; at < events.length; at += 10) {
      const some = events.slice(at, at + 10);
      const way = at % 30;
      await Promise.all([
        way === 10 ? undefined : publish(some),
        way === 0 ? undefined : Promise.all(some.map((event) => post(port, event))),
      ]);
      // Kills are spread over all events: a process that is fed at once is done before it is killed.
      for (let waited = 0; kills < Math.floor((KILLS * at) / events.length); waited += 20) {
        if (waited >= 400) kill(child);
        await pause(20);
      }
    }
    while (!heard.isAll || kills < KILLS) {
      if (performance.now() - start > (SOAK ? 1_100_000 : 90_000)) {
        throw new Error(`${kills} kills, ${heard.alarms.size} of ${ALARMS} alarms told\n${complaints}`);
      }
      // What is left may be too little to be killed by.
      if (heard.isAll) kill(child);
      await pause(50);
    }
    isOver = true;
    const ended = new Promise((done) => child.once("close", done));
    child.kill("SIGTERM");
    expect(await ended).toBe(0);
    hook.close();
    hook.closeAllConnections();

    for (const [name, letters] of heard.alarms) expect(`${name} ${letters}`).toMatch(/ (AO|L)$/);
    expect(heard.alarms.size).toBe(ALARMS);
    expect(kills).toBeGreaterThanOrEqual(KILLS);
    expect(heard.repeated).toBeLessThanOrEqual(kills * IN_FLIGHT);
    const late = [...heard.alarms.values()].filter((letters) => letters === "L").length;
    process.stdout.write(
      `${kills} kills, ${2 * ALARMS} events, ${late} alarms told late, ${heard.repeated} of ${heard.total} messages sent twice\n`,
    );
  });
});

const configuration = (port: number): string => `version: 1
name: killed
expectAccounts: ["${ACCOUNT}"]
regions: [${REGION}]
policies: []
topics:
  ops: { name: ops }
notifications:
  channels:
    hook: { kind: webhook, url: "http://127.0.0.1:${port}/hook" }
  route: { receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s }
`;

interface Event {
  readonly id: string;
  readonly text: string;
}

function eventOf(n: number, state: "ALARM" | "OK"): Event {
  const AlarmName = `kill-${n}`;
  const text = JSON.stringify({
    AlarmName,
    AlarmArn: `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:${AlarmName}`,
    AWSAccountId: ACCOUNT,
    NewStateValue: state,
    NewStateReason: "tried",
    StateChangeTime: `2026-11-20T10:0${state === "ALARM" ? 1 : 2}:00.000+0000`,
  });
  return { id: `${n}-${state}`, text };
}

const publish = (events: readonly Event[]) =>
  stage.person(REGION).sns.send(
    new PublishBatchCommand({
      TopicArn: OPS,
      PublishBatchRequestEntries: events.map(({ id, text }) => ({ Id: id, Message: text })),
    }),
  );

/** Posts as SNS does: until it is answered with 200. */
async function post(port: number, { id, text }: Event): Promise<void> {
  const Timestamp = new Date().toISOString();
  const body = JSON.stringify({
    Type: "Notification",
    MessageId: id,
    TopicArn: OPS,
    Message: text,
    Timestamp,
    SignatureVersion: "2",
    Signature: "",
  });
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body }).catch(() => undefined);
    await answer?.text().catch(() => undefined);
    if (answer?.status === 200) return;
    if (answer !== undefined && answer.status !== 503) throw new Error(`answered ${answer.status}`);
    await pause(50);
  }
}

/** What was read and not acknowledged comes again soon. */
async function comeAgainSoon(): Promise<void> {
  const { accessKeyId = "", secretAccessKey = "" } = stage.local.accounts.all[0] ?? {};
  const credentials = { accessKeyId, secretAccessKey };
  const sqs = new SQSClient({ endpoint: stage.endpoint, region: REGION, credentials });
  const { QueueUrl = "" } = await sqs.send(new GetQueueUrlCommand({ QueueName: "inbox" }));
  const Attributes = { VisibilityTimeout: "1" };
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
  sqs.destroy();
}

function shuffled<T>(items: readonly T[]): readonly T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
