import { createSign } from "node:crypto";
import { readFileSync } from "node:fs";
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

async function open(receive: (events: readonly AlarmEvent[]) => Promise<unknown>): Promise<string[]> {
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
