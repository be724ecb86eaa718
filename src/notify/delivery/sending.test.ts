import { beforeEach, describe, expect, it } from "vitest";
import { aNotification, recoveryOf } from "../../../test/support/notifications.ts";
import { scriptedChannel } from "../../../test/support/scripted-channel.ts";
import { MemoryStore } from "../../state/memory-store.ts";
import { refKey } from "../../state/store.ts";
import { type Clock, ManualClock } from "../../support/clock.ts";
import { silentLogger } from "../../support/context.ts";
import type { Channel, SendContext, SendResult } from "../channel.ts";
import { TokenBucket } from "./pace.ts";
import { Sending, type SendingParts } from "./sending.ts";

const PACE = { destination: "d", perSecond: 1, burst: 1, atOnce: 4, timeout: 5000 } as const;
const OWN: SendResult = { outcome: "failed", retry: true, reason: "timeout", message: "its own words" };
const CONTEXT = { random: () => 0.5, signal: new AbortController().signal, log: silentLogger };
const never = new Promise<never>(() => undefined);

let clock: ManualClock;
let store: MemoryStore;
let context: SendContext | undefined;

beforeEach(() => {
  clock = new ManualClock();
  store = new MemoryStore();
  context = undefined;
});

/** What sends to a channel that does this with each; what it was given last is in `context`. */
function sendingTo(
  answer: (given: SendContext) => Promise<SendResult> = async () => ({ outcome: "delivered" }),
  capabilities: Partial<Channel["capabilities"]> = {},
  more: Partial<SendingParts> = {},
): Sending {
  const channel = scriptedChannel(
    "team",
    (_, given) => {
      context = given;
      return answer(given);
    },
    { capabilities: { update: true, thread: true, picture: true, ...capabilities } },
  );
  return new Sending({
    channel,
    pace: PACE,
    bucket: new TokenBucket(PACE, clock.now().getTime()),
    store,
    context: { ...CONTEXT, clock },
    ...more,
  });
}

const given = (): SendContext => context as SendContext;

describe("a send that takes too long", () => {
  it("is told so, and its own words for it count", async () => {
    const sending = sendingTo(
      ({ signal }) =>
        new Promise((resolve) => signal.addEventListener("abort", () => setImmediate(() => resolve(OWN)))),
    );
    const kind = sendingTo(
      ({ end }) => new Promise((resolve) => end?.addEventListener("abort", () => resolve(OWN))),
    );
    const [sent, sentKind] = [sending.send(aNotification("a"), 1), kind.send(aNotification("b"), 1)];
    await clock.advance(5000);
    expect(await sentKind).toBe(OWN);
    expect(await sent).toMatchObject({ outcome: "failed" });
    expect(given().signal.aborted).toBe(true);
  });

  it("isn't waited for when it doesn't listen", async () => {
    const sent = sendingTo(() => never).send(aNotification("a"), 1);
    await clock.advance(5000);
    expect(await sent).toMatchObject({
      outcome: "failed",
      retry: true,
      reason: "timeout",
      message: "took too long",
    });
  });

  it("is one whose requests do: not the time that it waits for its turn", async () => {
    const sending = sendingTo(
      async ({ nextTurn }) => {
        expect(nextTurn).toBeTypeOf("function");
        await given().nextTurn?.();
        await given().nextTurn?.();
        return never;
      },
      {},
      { bucket: new TokenBucket({ perSecond: 0.1, burst: 1 }, clock.now().getTime()) },
    );
    let result: SendResult | undefined;
    void sending.send(aNotification("a"), 1).then((one) => {
      result = one;
    });
    // One turn at once, the next after ten seconds.
    await clock.advance(14_900);
    expect(result).toBeUndefined();
    expect(given().signal.aborted).toBe(false);
    await clock.advance(200);
    await clock.advance(0);
    expect(result).toMatchObject({ reason: "timeout" });
  });
});

describe("a send that waits for its turn", () => {
  it("has it a second after the clock has come to it, however it came", async () => {
    let jumped = 0;
    const jumping: Clock = {
      now: () => new Date(clock.now().getTime() + jumped),
      sleep: (ms, signal) => clock.sleep(ms, signal),
    };
    const bucket = new TokenBucket({ perSecond: 1 / 3600, burst: 1 }, clock.now().getTime());
    const sending = sendingTo(
      async () => {
        await given().nextTurn?.();
        await given().nextTurn?.();
        return { outcome: "delivered" };
      },
      {},
      { bucket, context: { ...CONTEXT, clock: jumping } },
    );
    let isOver = false;
    void sending.send(aNotification("a"), 1).then(() => {
      isOver = true;
    });
    await clock.advance(60_000);
    expect(isOver).toBe(false);
    jumped = 3_600_000;
    await clock.advance(1000);
    await clock.advance(0);
    expect(isOver).toBe(true);
  });
});

describe("a send", () => {
  it("is over when its answer is there: its signal isn't aborted later", async () => {
    expect(await sendingTo().send(aNotification("a"), 3)).toEqual({ outcome: "delivered" });
    expect(given()).toMatchObject({ attempt: 3, now: clock.now().getTime() });
    const { signal } = given();
    await clock.advance(20_000);
    expect(signal.aborted).toBe(false);
  });

  it("is given what was sent before of its incident, where the channel can do something with it", async () => {
    const alarm = aNotification("a");
    const value = { ts: "17" };
    await store.commit([{ kind: "put", collection: "messages", key: refKey("team", alarm.incident), value }]);
    await sendingTo().send(alarm, 1);
    expect(given().previous).toBeUndefined();
    await sendingTo().send(recoveryOf(alarm), 1);
    expect(given().previous).toEqual(value);
    await sendingTo(undefined, { update: false }).send(recoveryOf(alarm), 1);
    expect(given().previous).toEqual(value);
    await sendingTo(undefined, { update: false, thread: false }).send(recoveryOf(alarm), 1);
    expect(given().previous).toBeUndefined();
  });

  it("can have a picture where the channel takes them and there is somebody who draws", async () => {
    const signals: AbortSignal[] = [];
    const picture: NonNullable<SendingParts["picture"]> = async (_, signal) => {
      signals.push(signal);
      return new Uint8Array([1]);
    };
    await sendingTo(undefined, {}, { picture }).send(aNotification("a"), 1);
    const own = new AbortController().signal;
    expect(await given().picture?.()).toEqual(new Uint8Array([1]));
    await given().picture?.(own);
    expect(signals).toEqual([given().signal, own]);
    expect(given().afterwards).toBeDefined();
    await sendingTo(undefined, { picture: false }, { picture }).send(aNotification("a"), 1);
    expect(given().picture).toBeUndefined();
    await sendingTo().send(aNotification("a"), 1);
    expect(given().picture).toBeUndefined();
  });

  it("that throws has failed, and may be tried again", async () => {
    const sending = sendingTo(() => Promise.reject(new Error("a bug")));
    expect(await sending.send(aNotification("a"), 1)).toEqual({
      outcome: "failed",
      retry: true,
      reason: "bad-answer",
      message: "failed unexpectedly: a bug",
    });
  });
});
