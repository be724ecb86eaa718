import type { AwsSession } from "../../src/aws/session.ts";
import { parseSecretReference } from "../../src/model/secret-reference.ts";
import type { Channel, SendContext } from "../../src/notify/channel.ts";
import type { HttpClient } from "../../src/notify/channels/http-client.ts";
import { makeChannel } from "../../src/notify/channels/make-channel.ts";
import { silentLogger } from "../../src/support/context.ts";
import { Secret } from "../../src/support/secret.ts";

/** A call that a channel made to AWS. */
export interface AwsCall {
  readonly region: string;
  readonly account: string | undefined;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** A channel named `team` whose secrets all have one value; AWS takes whatever it is sent. */
export function channelUnderTest(
  kind: string,
  options: Readonly<Record<string, unknown>>,
  {
    http,
    secret = "secret",
    calls = [],
  }: { readonly http: HttpClient; readonly secret?: string; readonly calls?: AwsCall[] },
): Channel {
  const secrets = Object.fromEntries(
    Object.entries(options).flatMap(([key, value]) => {
      const reference = typeof value === "string" ? parseSecretReference(value) : undefined;
      return reference ? [[key, reference]] : [];
    }),
  );
  return makeChannel(
    { name: "team", kind, options, secrets, sendResolved: true },
    {
      http,
      resolveSecret: async () => new Secret(secret),
      awsSession: async (region, account) =>
        ({
          send: async (_: string, operation: string, input: Readonly<Record<string, unknown>>) => {
            calls.push({ region, account, operation, input });
            return {};
          },
        }) as unknown as AwsSession,
    },
  );
}

/** What delivery hands to a send. */
export function sendContext(more: Partial<SendContext> = {}): SendContext {
  return {
    now: Date.parse("2026-11-20T10:05:00Z"),
    signal: new AbortController().signal,
    log: silentLogger,
    attempt: 1,
    ...more,
  };
}
