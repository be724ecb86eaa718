import { createSign, generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { parseEvents } from "./parse-events.ts";
import { judgeSnsDelivery, type SnsDelivery, type SnsDeliveryOptions } from "./sns-delivery.ts";
import { type SnsEnvelope, snsEnvelopeOf } from "./sns-envelope.ts";
import { canonicalText, certificateUrlProblem, signatureProblem } from "./sns-signature.ts";

const FOLDER = new URL("../../test/fixtures/sns-signing/", import.meta.url);
const CERTIFICATE = readFileSync(new URL("certificate.pem", FOLDER), "utf8");
const KEY = readFileSync(new URL("key.pem", FOLDER), "utf8");
const NOW = Date.UTC(2030, 0, 1, 12);
const TOPIC = "arn:aws:sns:eu-west-1:111122223333:ops";
const CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem";

type Message = Record<string, string>;

function signed(changes: Message = {}, version: "1" | "2" = "2", key: string = KEY): Message {
  const message: Message = {
    Type: "Notification",
    MessageId: "m-1",
    TopicArn: TOPIC,
    Subject: "Hello",
    Message: 'Grüße,\n"you"',
    Timestamp: "2030-01-01T11:59:58.000Z",
    SignatureVersion: version,
    SigningCertURL: CERTIFICATE_URL,
    ...changes,
  };
  const envelope = snsEnvelopeOf(message) as SnsEnvelope;
  const signer = createSign(version === "1" ? "RSA-SHA1" : "RSA-SHA256").update(
    canonicalText(envelope),
    "utf8",
  );
  return { ...message, Signature: signer.sign(key, "base64") };
}

function judge(
  message: Message | string,
  options: Partial<SnsDeliveryOptions> = {},
  delivery: Partial<SnsDelivery> = {},
) {
  return judgeSnsDelivery(
    {
      headers: {},
      body: typeof message === "string" ? message : JSON.stringify(message),
      remoteAddress: "54.240.1.1",
      ...delivery,
    },
    {
      now: NOW,
      isConfigured: (arn) => arn === TOPIC,
      fetchCertificate: async () => CERTIFICATE,
      trustLocal: false,
      ...options,
    },
  );
}

describe("a signed message", () => {
  it.each(["1", "2"] as const)("of signature version %s is taken", async (version) => {
    const verdict = await judge(signed({}, version));
    expect(verdict).toMatchObject({ verdict: "event", topicArn: TOPIC });
    if (verdict.verdict !== "event") return;
    expect(parseEvents(verdict.text, NOW).events).toMatchObject([{ title: "Hello", text: 'Grüße,\n"you"' }]);
  });

  it("may have no subject", async () => {
    const { Subject, ...message } = signed();
    expect(Subject).toBeDefined();
    expect(await judge(message)).toMatchObject({ code: "bad-signature" });
    const envelope = snsEnvelopeOf(message) as SnsEnvelope;
    const signature = createSign("RSA-SHA256").update(canonicalText(envelope), "utf8").sign(KEY, "base64");
    expect(await judge({ ...message, Signature: signature })).toMatchObject({ verdict: "event" });
  });

  it.each(["Message", "MessageId", "Subject", "Timestamp"])("with another %s is refused", async (field) => {
    const changed = { ...signed(), [field]: field === "Timestamp" ? "2030-01-01T11:59:59.000Z" : "other" };
    expect(await judge(changed)).toMatchObject({ verdict: "refused", code: "bad-signature", status: 403 });
  });

  it("signed by somebody else is refused", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    expect(await judge(signed({}, "2", key))).toMatchObject({ code: "bad-signature" });
  });

  it.each([
    ["no signature", { Signature: "" }],
    ["nonsense", { Signature: "%%%" }],
    ["another version", { SignatureVersion: "3" }],
    ["version 1 in place of 2", { SignatureVersion: "1" }],
  ])("with %s is refused", async (_, changes) => {
    expect(await judge({ ...signed(), ...changes })).toMatchObject({ code: "bad-signature" });
  });

  it.each([
    ["2030-01-01T10:54:00.000Z", "too-old"],
    ["2030-01-01T12:06:00.000Z", "too-old"],
    ["", "too-old"],
    ["yesterday", "too-old"],
  ])("of %s is a replay or of a wrong clock", async (timestamp, code) => {
    const fetchCertificate = vi.fn();
    expect(await judge(signed({ Timestamp: timestamp }), { fetchCertificate })).toMatchObject({ code });
    expect(fetchCertificate).not.toHaveBeenCalled();
  });

  it("of a topic that isn't ours is refused however well it is signed", async () => {
    const arn = "arn:aws:sns:eu-west-1:999999999999:evil";
    expect(await judge(signed({ TopicArn: arn }))).toMatchObject({ code: "unknown-topic", status: 403 });
  });

  it("waits for a certificate that can't be had: SNS tries again", async () => {
    const fetchCertificate = () => Promise.reject(new Error("connect ETIMEDOUT"));
    expect(await judge(signed(), { fetchCertificate })).toMatchObject({
      code: "no-certificate",
      status: 502,
    });
  });
});

describe("a certificate", () => {
  it.each([
    "http://sns.eu-west-1.amazonaws.com/a.pem",
    "https://sns.eu-west-1.amazonaws.com.evil.example/a.pem",
    "https://evil.example/sns.eu-west-1.amazonaws.com/a.pem",
    "https://sns.eu-west-1.amazonaws.com@evil.example/a.pem",
    "https://user@sns.eu-west-1.amazonaws.com/a.pem",
    "https://sns.us-east-1.amazonaws.com/a.pem",
    "https://s3.eu-west-1.amazonaws.com/a.pem",
    "https://sns.eu-west-1.amazonaws.com.cn/a.pem",
    "https://sns.eu-west-1.amazonaws.com:8443/a.pem",
    "https://sns.eu-west-1.amazonaws.com/a.txt",
    "https://sns.eu-west-1.amazonaws.com/a.pem?x=1",
    "https://sns.eu-west-1.amazonaws.com/../a/b.pem",
    "file:///etc/passwd.pem",
    "nonsense",
  ])("is not fetched from %s", async (url) => {
    const fetchCertificate = vi.fn();
    const verdict = await judge(signed({ SigningCertURL: url }), { fetchCertificate });
    expect(verdict).toMatchObject({ code: "bad-certificate-address", status: 403 });
    expect(fetchCertificate).not.toHaveBeenCalled();
  });

  it("lies where the topic's partition has it", () => {
    const arn = (partition: string, region: string) => `arn:${partition}:sns:${region}:111122223333:t`;
    const url = (host: string) => `https://${host}/SimpleNotificationService-0a.pem`;
    expect(
      certificateUrlProblem(url("sns.cn-north-1.amazonaws.com.cn"), arn("aws-cn", "cn-north-1")),
    ).toBeUndefined();
    expect(
      certificateUrlProblem(url("sns.us-gov-west-1.amazonaws.com"), arn("aws-us-gov", "us-gov-west-1")),
    ).toBeUndefined();
    expect(certificateUrlProblem(url("sns.cn-north-1.amazonaws.com"), arn("aws-cn", "cn-north-1"))).toContain(
      "not at",
    );
    expect(certificateUrlProblem(CERTIFICATE_URL, "arn:aws:sqs:eu-west-1:1:q")).toContain("no topic");
    expect(certificateUrlProblem(undefined, TOPIC)).toContain("no certificate address");
  });

  it.each([
    [Date.UTC(2020, 0, 1), "not valid before"],
    [Date.UTC(2200, 0, 1), "was valid until"],
  ])("counts between its dates only", (now, message) => {
    expect(signatureProblem(snsEnvelopeOf(signed()) as SnsEnvelope, CERTIFICATE, now)).toContain(message);
  });

  it.each([
    ["", "holds no certificate"],
    ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "can't be read"],
    ["<html>404</html>", "holds no certificate"],
  ])("must be one", (pem, message) => {
    expect(signatureProblem(snsEnvelopeOf(signed()) as SnsEnvelope, pem, NOW)).toContain(message);
  });

  it("that is its own issuer makes a chain", () => {
    const chain = `${CERTIFICATE}\n${CERTIFICATE}`;
    expect(signatureProblem(snsEnvelopeOf(signed()) as SnsEnvelope, chain, NOW)).toBeUndefined();
  });
});

describe("a subscription", () => {
  const confirmation = (url: string, changes: Message = {}): Message =>
    signed({ Type: "SubscriptionConfirmation", Token: "t", SubscribeURL: url, ...changes });
  const URL_OK = `https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=t`;

  it("of a configured topic is confirmed", async () => {
    expect(await judge(confirmation(URL_OK))).toEqual({ verdict: "confirm", url: URL_OK, topicArn: TOPIC });
  });

  it("of another topic, or at another place, isn't", async () => {
    const other = { TopicArn: "arn:aws:sns:eu-west-1:111122223333:x" };
    expect(await judge(confirmation(URL_OK, other))).toMatchObject({ code: "unknown-topic" });
    expect(await judge(confirmation("https://evil.example/"))).toMatchObject({ code: "bad-confirmation" });
    expect(await judge({ ...confirmation(URL_OK), Token: "u" })).toMatchObject({ code: "bad-signature" });
  });

  it("that ends is told", async () => {
    const message = signed({ Type: "UnsubscribeConfirmation", Token: "t", SubscribeURL: URL_OK });
    expect(await judge(message)).toEqual({ verdict: "unsubscribed", topicArn: TOPIC });
  });
});

describe("an unsigned message", () => {
  const raw = { headers: { "x-amz-sns-rawdelivery": "true" } };

  it("is refused", async () => {
    expect(await judge("text", {}, raw)).toMatchObject({ code: "raw", status: 400 });
    expect(await judge(signed(), {}, raw)).toMatchObject({ code: "raw" });
    for (const body of ["", "{}", "[]", "null", '{"Type":"Notification"}', "<html>"])
      expect(await judge(body)).toMatchObject({ code: "not-sns", status: 400 });
  });

  it("is taken from this machine when that is wanted, and only then", async () => {
    const local = { remoteAddress: "127.0.0.1" };
    const { Signature, ...unsigned } = signed();
    expect(Signature).toBeDefined();
    expect(await judge(unsigned, {}, local)).toMatchObject({ verdict: "refused" });
    expect(await judge(unsigned, { trustLocal: true })).toMatchObject({ verdict: "refused" });
    expect(await judge(unsigned, { trustLocal: true }, { remoteAddress: "127.0.0.1.evil" })).toMatchObject({
      verdict: "refused",
    });
    for (const remoteAddress of ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
      expect(await judge(unsigned, { trustLocal: true }, { remoteAddress })).toMatchObject({
        verdict: "event",
      });
    expect(await judge("text", { trustLocal: true }, { ...local, ...raw })).toEqual({
      verdict: "event",
      text: "text",
      topicArn: undefined,
    });
    const confirm = {
      ...unsigned,
      Type: "SubscriptionConfirmation",
      SubscribeURL: "http://127.0.0.1:4566/?x",
    };
    expect(await judge(confirm, { trustLocal: true }, local)).toMatchObject({ verdict: "confirm" });
    const outside = { ...confirm, SubscribeURL: "http://169.254.169.254/" };
    expect(await judge(outside, { trustLocal: true }, local)).toMatchObject({ code: "bad-confirmation" });
  });
});
