import { beforeEach, describe, expect, it } from "vitest";
import type { AwsSession } from "../../aws/session.ts";
import type { AlarmEvent } from "../../model/alarm-event.ts";
import { ManualClock } from "../../support/clock.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import { openHttpEndpoint } from "./http-endpoint.ts";
import { consumeQueue } from "./queue-consumer.ts";
import { EventsRefused, tellingRefusals } from "./refusals.ts";

let clock: ManualClock;
let said: string[];
let outcome: string | Error;
beforeEach(() => {
  clock = new ManualClock("2026-11-20T10:00:00Z");
  said = [];
  outcome = "placed";
});

const log = {
  debug: () => undefined,
  warn: (message: string, details?: object) => void said.push(`${message} ${JSON.stringify(details)}`),
};
const context = () => ({ clock, log, random: () => 0.5, signal: new AbortController().signal });

/** Takes events in as `outcome` says at that moment. */
const receiver = () =>
  tellingRefusals(async (events: readonly AlarmEvent[]) => {
    if (outcome instanceof Error) throw outcome;
    return events.map(() => ({ outcome: outcome as string }));
  }, context());
const events = (count: number) => Array.from({ length: count }, () => ({}) as AlarmEvent);
const full = new WatchkeeperError("store-full", "the disk is full", { remedy: "make room" });

const BEGINS = "events can't be stored and are refused until they can: SNS and SQS bring them again";

describe("refused events", () => {
  it("are told when that begins and, with their number, when it is over", async () => {
    const receive = receiver();
    await receive(events(1));
    outcome = full;
    for (let n = 0; n < 100; n += 1) await expect(receive(events(2))).rejects.toThrow(EventsRefused);
    expect(said).toEqual([`${BEGINS} {"reason":"the disk is full","remedy":"make room"}`]);
    await clock.advance(60_000);
    // It was known already: that says nothing of the disk.
    outcome = "repeated";
    await receive(events(1));
    expect(said).toHaveLength(1);
    outcome = "placed";
    for (let n = 0; n < 3; n += 1) await receive(events(1));
    expect(said.slice(1)).toEqual([
      'events are stored again {"refused":200,"since":"2026-11-20T10:00:00.000Z"}',
    ]);
  });

  it("are told again when the reason becomes another, and when it begins anew", async () => {
    const receive = receiver();
    for (const code of ["store-full", "store-broken", "store-broken"]) {
      outcome = new WatchkeeperError(code, code);
      await receive(events(1)).catch(() => undefined);
    }
    outcome = "placed";
    await receive(events(1));
    outcome = full;
    await receive(events(1)).catch(() => undefined);
    expect(said.map((line) => line.split(" {")[0])).toEqual([
      BEGINS,
      BEGINS,
      "events are stored again",
      BEGINS,
    ]);
    expect(said[2]).toContain('"refused":3');
  });

  it("aren't what fails otherwise: that stays as it is", async () => {
    outcome = new TypeError("a fault of our own");
    await expect(receiver()(events(1))).rejects.toBe(outcome);
    expect(said).toEqual([]);
  });
});

const ALARM = JSON.stringify({
  AlarmName: "cpu",
  AlarmArn: "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:cpu",
  NewStateValue: "ALARM",
  StateChangeTime: "2026-11-20T10:00:00.000+0000",
});

it("over HTTP are answered 503 with one line for all of them", async () => {
  outcome = full;
  const endpoint = await openHttpEndpoint({
    host: "127.0.0.1",
    port: 0,
    context: context(),
    isConfigured: () => true,
    fetchCertificate: () => Promise.reject(new Error("none")),
    trustLocal: true,
    receive: receiver(),
    health: async () => ({ healthy: true, report: {} }),
  });
  try {
    const headers = { "x-amz-sns-message-type": "Notification" };
    const body = JSON.stringify({
      Type: "Notification",
      MessageId: "m",
      TopicArn: "arn:aws:sns:eu-west-1:111122223333:ops",
      Message: ALARM,
      Timestamp: "2026-11-20T10:00:00.000Z",
    });
    const post = async () => (await fetch(endpoint.url, { method: "POST", headers, body })).status;
    expect([await post(), await post(), await post()]).toEqual([503, 503, 503]);
    expect(said).toEqual([expect.stringContaining(BEGINS)]);
    outcome = "placed";
    expect(await post()).toBe(200);
    expect(said[1]).toContain('events are stored again {"refused":3');
  } finally {
    await endpoint.close();
  }
});

it("from a queue go back to it with one line for all of them, and the queue isn't asked all the time", async () => {
  outcome = full;
  const stop = new AbortController();
  const calls: string[] = [];
  let polls = 0;
  const session = {
    send: async (_: string, operation: string) => {
      calls.push(operation);
      if (operation !== "ReceiveMessage") return {};
      polls += 1;
      if (polls === 4) outcome = "placed";
      if (polls > 4) {
        stop.abort();
        return {};
      }
      return { Messages: [{ Body: ALARM, MessageId: `m${polls}`, ReceiptHandle: "r" }] };
    },
  } as unknown as AwsSession;
  const ended = consumeQueue(
    { session, url: "https://q", context: context(), receive: receiver(), confirm: async () => true },
    stop.signal,
  );
  for (let turn = 0; turn < 60 && !stop.signal.aborted; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(2_000);
  }
  await ended;
  expect(calls.filter((call) => call === "ChangeMessageVisibilityBatch")).toHaveLength(3);
  expect(calls.filter((call) => call === "DeleteMessageBatch")).toHaveLength(1);
  expect(said).toEqual([
    expect.stringContaining(BEGINS),
    expect.stringContaining('events are stored again {"refused":3'),
  ]);
});
