import { createSign } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type SnsEnvelope, snsEnvelopeOf } from "../../events/sns-envelope.ts";
import { canonicalText } from "../../events/sns-signature.ts";
import type { AlarmEvent } from "../../model/alarm-event.ts";
import { ManualClock } from "../../support/clock.ts";
import { silentLogger } from "../../support/context.ts";
import { certificateFetcher } from "./certificates.ts";
import { type HttpEndpoint, openHttpEndpoint } from "./http-endpoint.ts";

const FOLDER = new URL("../../../test/fixtures/sns-signing/", import.meta.url);
const CERTIFICATE = readFileSync(new URL("certificate.pem", FOLDER), "utf8");
const KEY = readFileSync(new URL("key.pem", FOLDER), "utf8");
const TOPIC = "arn:aws:sns:eu-west-1:111122223333:ops";
const ALARM = JSON.stringify({
  AlarmName: "cpu",
  AlarmArn: "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:cpu",
  NewStateValue: "ALARM",
  StateChangeTime: "2030-01-01T11:59:00.000+0000",
});

function signed(changes: Readonly<Record<string, string>> = {}): Record<string, string> {
  const message = {
    Type: "Notification",
    MessageId: "m-1",
    TopicArn: TOPIC,
    Message: ALARM,
    Timestamp: "2030-01-01T11:59:58.000Z",
    SignatureVersion: "2",
    SigningCertURL: "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem",
    ...changes,
  };
  const text = canonicalText(snsEnvelopeOf(message) as SnsEnvelope);
  return { ...message, Signature: createSign("RSA-SHA256").update(text).sign(KEY, "base64") };
}

let endpoint: HttpEndpoint | undefined;
afterEach(async () => endpoint?.close());

async function open(
  receive: (events: readonly AlarmEvent[]) => Promise<unknown>,
  confirm?: typeof fetch,
): Promise<string[]> {
  const fetched: string[] = [];
  endpoint = await openHttpEndpoint({
    host: "127.0.0.1",
    port: 0,
    context: {
      clock: new ManualClock("2030-01-01T12:00:00Z"),
      random: () => 0,
      signal: new AbortController().signal,
      log: silentLogger,
    },
    isConfigured: (arn) => arn === TOPIC,
    fetchCertificate: certificateFetcher(async (url) => {
      fetched.push(String(url));
      return new Response(CERTIFICATE);
    }),
    trustLocal: false,
    ...(confirm ? { confirm } : {}),
    receive,
    health: async () => ({ healthy: false, report: { store: "full" } }),
  });
  return fetched;
}

async function post(body: object): Promise<[number, unknown]> {
  const answer = await fetch(endpoint?.url ?? "", { method: "POST", body: JSON.stringify(body) });
  return [answer.status, await answer.json()];
}

describe("the endpoint for SNS", () => {
  it("takes what SNS signed, and asks once for its certificate", async () => {
    const received: AlarmEvent[] = [];
    const fetched = await open(async (events) => received.push(...events));
    expect(await post(signed())).toEqual([200, { events: 1 }]);
    expect(await post(signed({ MessageId: "m-2" }))).toEqual([200, { events: 1 }]);
    expect(received.map((event) => event.kind === "alarm" && event.alarmName)).toEqual(["cpu", "cpu"]);
    expect(fetched).toHaveLength(1);
  });

  it.each([
    ["a changed message", { ...signed(), Message: ALARM.replace("cpu", "disk") }, 403, "bad-signature"],
    ["an old message", signed({ Timestamp: "2030-01-01T10:00:00.000Z" }), 403, "too-old"],
    [
      "a certificate elsewhere",
      signed({ SigningCertURL: "https://example.com/a.pem" }),
      403,
      "bad-certificate-address",
    ],
    ["a topic of somebody else", signed({ TopicArn: TOPIC.replace("ops", "oops") }), 403, "unknown-topic"],
    [
      "a confirmation that leads elsewhere",
      signed({ Type: "SubscriptionConfirmation", Token: "t", SubscribeURL: "https://example.com/confirm" }),
      403,
      "bad-confirmation",
    ],
  ])("refuses %s", async (_, message, status, error) => {
    await open(() => Promise.reject(new Error("nothing was to be taken")));
    expect(await post(message)).toEqual([status, expect.objectContaining({ error })]);
  });

  it("confirms a subscription that SNS signed, and answers when that is done", async () => {
    const asked: [string, string | undefined][] = [];
    let status = 500;
    await open(
      async () => undefined,
      async (url, init) => {
        asked.push([String(url), init?.redirect]);
        return new Response("", { status });
      },
    );
    const address =
      "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:eu-west-1:111122223333:ops&Token=t";
    const message = signed({ Type: "SubscriptionConfirmation", Token: "t", SubscribeURL: address });
    expect((await post(message))[0]).toBe(503);
    status = 200;
    expect(await post(message)).toEqual([200, { confirmed: TOPIC }]);
    expect(asked).toEqual([
      [address, "error"],
      [address, "error"],
    ]);
  });

  it("lets SNS try again when nothing could be stored", async () => {
    await open(() => Promise.reject(new Error("disk full")));
    expect((await post(signed()))[0]).toBe(503);
  });

  it("tells its health", async () => {
    await open(async () => undefined);
    const health = await fetch(`${endpoint?.url}/health`);
    expect([health.status, await health.json()]).toEqual([503, { healthy: false, store: "full" }]);
    expect((await fetch(`${endpoint?.url}/`)).status).toBe(404);
    expect((await fetch(`${endpoint?.url}/`, { method: "DELETE" })).status).toBe(405);
  });
});

describe("an endpoint in a storm", () => {
  const port = (): number => Number(new URL(endpoint?.url ?? "").port);

  /** Writes to a connection of its own; answers what comes back until the end. */
  const speak = (text: string, end = false): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect(port(), "127.0.0.1", () => (end ? socket.end(text) : socket.write(text)));
      let heard = "";
      socket.setEncoding("utf8").on("data", (chunk: string) => {
        heard += chunk;
      });
      socket.on("error", () => undefined).on("close", () => resolve(heard));
    });

  it("takes what is well among all that isn't, and answers each", async () => {
    const received = new Set<string>();
    await open(async (events) => {
      await new Promise((done) => setTimeout(done, 5));
      for (const event of events) if (event.kind === "alarm") received.add(event.alarmName);
    });
    const alarm = (n: number): Record<string, string> =>
      signed({ MessageId: `m-${n}`, Message: ALARM.replaceAll("cpu", `cpu-${n}`) });
    const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n";
    const broken = Array.from({ length: 40 }, async (_, n) => {
      switch (n % 4) {
        // Breaks off in its body.
        case 0:
          return speak(`${head}Content-Length: 5000\r\n\r\n{"Type":`, true);
        // Says that it will be too large, chunk by chunk.
        case 1:
          return speak(
            `${head}Transfer-Encoding: chunked\r\n\r\n${`100000\r\n${"x".repeat(0x100000)}\r\n`.repeat(3)}`,
          );
        case 2:
          return speak("GARBAGE\r\n\r\n");
        default: {
          const socket = connect(port(), "127.0.0.1", () => {
            socket.write(head);
            setTimeout(() => socket.resetAndDestroy(), 10);
          });
          socket.on("error", () => undefined);
          return "";
        }
      }
    });
    const well = Array.from({ length: 120 }, async (_, n) => {
      const types = ["text/plain; charset=UTF-8", "application/json", "application/octet-stream", ""];
      const answer = await fetch(endpoint?.url ?? "", {
        method: "POST",
        body: JSON.stringify(alarm(n)),
        headers: types[n % 4] === "" ? {} : { "content-type": types[n % 4] as string },
      });
      return answer.status;
    });
    expect(new Set(await Promise.all(well))).toEqual(new Set([200]));
    expect(received.size).toBe(120);
    const heard = await Promise.all(broken);
    expect(heard.filter((_, n) => n % 4 === 1).every((text) => text === "" || text.includes(" 413 "))).toBe(
      true,
    );
    expect(heard.filter((_, n) => n % 4 === 2).every((text) => text.includes(" 400 "))).toBe(true);
    expect((await post(alarm(1)))[0]).toBe(200);
  });

  it("isn't held up by a client that is slow, and ends beside it", async () => {
    await open(async () => undefined);
    const slow = connect(port(), "127.0.0.1", () =>
      slow.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{"),
    );
    await once(slow, "connect");
    expect((await post(signed()))[0]).toBe(200);
    const closed = endpoint?.close();
    slow.destroy();
    await closed;
    endpoint = undefined;
  });

  it.each([
    ["nothing", ""],
    ["no JSON", "{"],
    ["a list", "[]"],
    ["null", "null"],
    ["what is nested deeply", `${"[".repeat(50_000)}${"]".repeat(50_000)}`],
    ["bytes that are no text", Buffer.from([0xff, 0xfe, 0x00, 0x80])],
  ])("refuses %s", async (_, body) => {
    await open(() => Promise.reject(new Error("nothing was to be taken")));
    const answer = await fetch(endpoint?.url ?? "", { method: "POST", body });
    expect(answer.status).toBe(400);
  });

  it("refuses a message that was recorded, once it is old, and takes it twice before without telling twice", async () => {
    const received: string[] = [];
    await open(async (events) => received.push(...events.map(({ key }) => key)));
    const recorded = signed();
    expect((await post(recorded))[0]).toBe(200);
    expect((await post(recorded))[0]).toBe(200);
    // The same key: the store knows it as a repetition.
    expect(new Set(received).size).toBe(1);
    expect(await post(signed({ Timestamp: "2030-01-01T10:54:59.000Z" }))).toEqual([
      403,
      expect.objectContaining({ error: "too-old" }),
    ]);
  });
});
