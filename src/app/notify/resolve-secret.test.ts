import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { ChannelConfig } from "../../model/notification-policy.ts";
import { parseSecretReference, type SecretReference } from "../../model/secret-reference.ts";
import { WatchkeeperError } from "../../support/errors.ts";
import type { AwsAccess } from "./aws-access.ts";
import { checkSecrets, resolveSecret } from "./resolve-secret.ts";

const WORD = "hunter2-hunter2";

/** Calls that an AWS account answered: `region service:operation input`. */
const calls: string[] = [];
const ANSWERS: Readonly<Record<string, (input: Readonly<Record<string, unknown>>) => unknown>> = {
  GetParameter: ({ Name }) => {
    if (Name === "/gone")
      throw new WatchkeeperError("ParameterNotFound", "no such parameter", { source: "aws" });
    return { Parameter: { Value: Name === "/empty" ? "" : WORD } };
  },
  GetSecretValue: ({ SecretId }) =>
    SecretId === "binary"
      ? { SecretBinary: new Uint8Array([1]) }
      : { SecretString: SecretId === "plain" ? WORD : JSON.stringify({ url: WORD, port: 1 }) },
  Decrypt: ({ CiphertextBlob }) => ({
    Plaintext: Buffer.from(String(CiphertextBlob) === "sealed" ? WORD : ""),
  }),
};
const aws = {
  session: async (region = "home") => ({
    send: async (service: string, operation: string, input: Readonly<Record<string, unknown>>) => {
      calls.push(`${region} ${service}:${operation} ${JSON.stringify(input)}`);
      return ANSWERS[operation]?.(input);
    },
  }),
} as unknown as Pick<AwsAccess, "session">;

const look = (text: string) =>
  resolveSecret(parseSecretReference(text) as SecretReference, { env: { TOKEN: WORD, EMPTY: "" }, aws });

describe("a reference to a secret", () => {
  it.each([
    ["env:TOKEN", undefined],
    ["ssm:/team/hook", 'home ssm:GetParameter {"Name":"/team/hook","WithDecryption":true}'],
    [
      "ssm:arn:aws:ssm:eu-west-1:111122223333:parameter/hook",
      'eu-west-1 ssm:GetParameter {"Name":"arn:aws:ssm:eu-west-1:111122223333:parameter/hook","WithDecryption":true}',
    ],
    ["secretsmanager:plain", 'home secretsmanager:GetSecretValue {"SecretId":"plain"}'],
    ["secretsmanager:json#url", 'home secretsmanager:GetSecretValue {"SecretId":"json"}'],
    [
      "secretsmanager:arn:aws:secretsmanager:eu-west-1:111122223333:secret:hook-AbCdEf#url",
      'eu-west-1 secretsmanager:GetSecretValue {"SecretId":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:hook-AbCdEf"}',
    ],
    [`kms:${Buffer.from("sealed").toString("base64")}`, "home kms:Decrypt"],
  ])("%s is looked up", async (text, call) => {
    calls.length = 0;
    const secret = await look(text);
    expect(secret.reveal()).toBe(WORD);
    expect(inspect(secret) + JSON.stringify({ secret }) + String(secret)).not.toContain(WORD);
    expect(calls).toEqual(call === undefined ? [] : [expect.stringContaining(call)]);
  });

  it.each([
    ["env:NOWHERE", /NOWHERE is not set/],
    ["env:EMPTY", /EMPTY is not set/],
    ["ssm:/gone", /no such parameter/],
    ["ssm:/empty", /parameter \/empty holds no text/],
    ["secretsmanager:binary", /secret binary holds no text/],
    ["secretsmanager:json#nope", /member nope of secret json holds no text/],
    ["secretsmanager:json#port", /member port of secret json holds no text/],
    ["secretsmanager:json#__proto__", /holds no text/],
    ["secretsmanager:plain#url", /isn't JSON/],
    ["kms:b3RoZXI=", /decrypted text holds no text/],
  ])("%s that leads nowhere says so, and nothing of what it holds", async (text, message) => {
    const error = await look(text).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(String(error)).toMatch(message);
    expect(inspect(error, { depth: 9 })).not.toContain(WORD);
  });

  it("is looked up for each channel at the start, and all that is missing is named", async () => {
    const channel = (name: string, ...texts: string[]): ChannelConfig => ({
      name,
      kind: "webhook",
      options: {},
      secrets: Object.fromEntries(
        texts.map((text, n) => [`option${n}`, parseSecretReference(text) as SecretReference]),
      ),
      sendResolved: true,
    });
    const resolve = (reference: SecretReference) => resolveSecret(reference, { env: { TOKEN: WORD }, aws });
    await checkSecrets({ a: channel("a", "env:TOKEN", "ssm:/there") }, resolve);
    const channels = { a: channel("a", "env:TOKEN", "env:NO"), b: channel("b", "ssm:/gone") };
    await expect(checkSecrets(channels, resolve)).rejects.toMatchObject({
      code: "secret-unavailable",
      message:
        "channel a, option1: the environment variable NO is not set\nchannel b, option0: no such parameter",
    });
  });
});
