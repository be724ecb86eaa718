// What every channel promises, run on each: what may pass is tried again, what can't isn't, and no error tells a secret.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AwsSession } from "../../src/aws/session.ts";
import { parseSecretReference } from "../../src/model/secret-reference.ts";
import type { Channel, SendContext, SendFailure, SendResult } from "../../src/notify/channel.ts";
import type { ChannelPorts } from "../../src/notify/channels/channel-kind.ts";
import { HttpClient } from "../../src/notify/channels/http-client.ts";
import { makeChannel } from "../../src/notify/channels/make-channel.ts";
import { CHANNEL_KINDS, type ChannelKindName } from "../../src/notify/channels/registry.ts";
import { silentLogger } from "../../src/support/context.ts";
import { WatchkeeperError } from "../../src/support/errors.ts";
import { Secret } from "../../src/support/secret.ts";
import { type FakeSmtp, startFakeSmtp } from "../support/fake-smtp.ts";
import { aNotification, recoveryOf } from "../support/notifications.ts";
import { answering, type StubAnswer, type StubServer, startStubServer } from "../support/stub-server.ts";

const SECRET = 's3cr3t/+=&"T0ken-0123456789';
const NOW = Date.parse("2026-11-20T10:05:00Z");

let stub: StubServer;
let smtp: FakeSmtp;
let http: HttpClient;
let sent: { readonly operation: string; readonly input: Readonly<Record<string, unknown>> }[] = [];
let awsError: WatchkeeperError | undefined;
let resolves = 0;
let unavailable = false;
let secretValue = SECRET;

beforeAll(async () => {
  stub = await startStubServer();
  smtp = await startFakeSmtp();
  http = new HttpClient();
});
afterAll(async () => {
  http.close();
  await stub.close();
  await smtp.close();
});
beforeEach(() => {
  sent = [];
  awsError = undefined;
  unavailable = false;
  resolves = 0;
  smtp.replies = {};
  secretValue = SECRET;
});

const ports: ChannelPorts = {
  get http() {
    return http;
  },
  resolveSecret: async () => {
    resolves += 1;
    if (unavailable) throw new WatchkeeperError("secret-missing", "environment variable SECRET isn't set");
    return new Secret(secretValue);
  },
  awsSession: async () =>
    ({
      send: async (_: string, operation: string, input: Readonly<Record<string, unknown>>) => {
        if (awsError) throw awsError;
        sent.push({ operation, input });
        return {};
      },
    }) as unknown as AwsSession,
};

interface Rig {
  /** Options; secrets as `env:SECRET`. */
  options(): Readonly<Record<string, unknown>>;
  /** For those who speak HTTP: what the service answers when it takes a message. */
  readonly taken?: StubAnswer;
  /** The secret is the address itself. */
  readonly secretAddress?: true;
  /** Whether any answer of 2xx counts. */
  readonly anyAnswer?: true;
}

const RIGS = {
  slack: {
    options: () => ({ token: "env:SECRET", channel: "C123", server: `${stub.url}/api` }),
    taken: answering(200, { ok: true, channel: "C123", ts: "17.1" }),
  },
  "slack-webhook": {
    options: () => ({ url: "env:SECRET" }),
    taken: answering(200, "ok"),
    secretAddress: true,
  },
  teams: { options: () => ({ url: "env:SECRET" }), taken: answering(202), secretAddress: true },
  telegram: {
    options: () => ({ token: "env:SECRET", chat: "-1001", server: stub.url }),
    taken: answering(200, { ok: true, result: { message_id: 7 } }),
  },
  pagerduty: {
    options: () => ({ key: "env:SECRET", server: stub.url }),
    taken: answering(202, { status: "success", message: "Event processed" }),
  },
  webhook: {
    options: () => ({ secretUrl: "env:SECRET", signingKey: "env:SECRET" }),
    taken: answering(200, "thanks"),
    secretAddress: true,
    anyAnswer: true,
  },
  smtp: {
    options: () => ({
      host: `127.0.0.1:${smtp.port}`,
      user: "alarms",
      password: "env:SECRET",
      security: "none",
      from: "Watchkeeper <alarms@example.com>",
      to: ["team@example.com"],
    }),
  },
  ses: { options: () => ({ region: "eu-central-1", from: "alarms@example.com", to: ["team@example.com"] }) },
  sns: { options: () => ({ topic: "arn:aws:sns:eu-central-1:111122223333:pages" }) },
} satisfies Record<ChannelKindName, Rig>;

const kinds = Object.keys(CHANNEL_KINDS) as ChannelKindName[];
const rigOf = (kind: ChannelKindName): Rig => RIGS[kind];
const byHttp = kinds.filter((kind) => rigOf(kind).taken);

function referencesIn(values: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => {
      const reference = typeof value === "string" ? parseSecretReference(value) : undefined;
      return reference ? [[key, reference]] : [];
    }),
  );
}

function channelOf(kind: ChannelKindName): Channel {
  const { options, secretAddress } = rigOf(kind);
  if (secretAddress)
    secretValue = `${stub.url}/services/T000/${encodeURIComponent(SECRET)}?sig=a-secret-signature`;
  const values = options();
  return makeChannel(
    { name: "team", kind, options: values, secrets: referencesIn(values), sendResolved: true },
    ports,
  );
}

function contextOf(more: Partial<SendContext> = {}): SendContext {
  return { now: NOW, signal: new AbortController().signal, log: silentLogger, attempt: 1, ...more };
}

async function send(kind: ChannelKindName, more: Partial<SendContext> = {}): Promise<SendResult> {
  const channel = channelOf(kind);
  try {
    return await channel.send(aNotification("1"), contextOf(more));
  } finally {
    channel.close?.();
  }
}

describe.each(kinds)("%s", (kind) => {
  it("delivers", async () => {
    stub.answer = rigOf(kind).taken ?? answering(200);
    const result = await send(kind);
    expect(result).toMatchObject({ outcome: "delivered" });
    const channel = channelOf(kind);
    const { outcome } = await channel.send(
      recoveryOf(aNotification("1")),
      contextOf(result.outcome === "delivered" && result.ref ? { previous: result.ref } : {}),
    );
    expect(outcome).toBe("delivered");
    channel.close?.();
  });

  it("has a pace that tells no secret", () => {
    const { destination, atOnce, timeout } = channelOf(kind).pace ?? {};
    expect(destination).toBeTruthy();
    expect(destination).not.toContain("cr3t");
    expect(atOnce).toBeGreaterThan(0);
    expect(timeout).toBeGreaterThanOrEqual(10_000);
  });
});

describe.each(byHttp)("%s, when the service", (kind) => {
  const TABLE: readonly (readonly [number, SendFailure, boolean])[] = [
    [302, "bad-answer", true],
    [307, "bad-answer", true],
    [400, "refused", false],
    [401, "unauthorized", true],
    [403, "unauthorized", true],
    [404, "not-found", true],
    [408, "timeout", true],
    [410, "not-found", true],
    [413, "refused", false],
    [422, "refused", false],
    [429, "rate-limited", true],
    [500, "server-error", true],
    [502, "server-error", true],
    [503, "server-error", true],
    [504, "server-error", true],
  ];

  it.each(TABLE)("answers %i: %s, to be tried again: %s", async (status, reason, retry) => {
    const before = stub.requests.length;
    stub.answer = answering(status, "no", { location: `${stub.url}/elsewhere`, "retry-after": "7" });
    const result = await send(kind);
    expect(result).toMatchObject({ outcome: "failed", reason, retry });
    const asked = status === 429 || status === 503 ? { retryAfter: 7 } : {};
    expect(result).toMatchObject(asked);
    if (!("retryAfter" in asked)) expect(result).not.toHaveProperty("retryAfter");
    // A redirect isn't followed.
    expect(stub.requests.length - before).toBe(1);
  });

  it("limits without saying how long, or until when as a date", async () => {
    stub.answer = answering(429, "slow");
    expect(await send(kind)).not.toHaveProperty("retryAfter");
    stub.answer = answering(429, "slow", { "retry-after": new Date(NOW + 42_000).toUTCString() });
    expect(await send(kind)).toMatchObject({ reason: "rate-limited", retryAfter: 42 });
    stub.answer = answering(429, "slow", { "retry-after": "soon" });
    expect(await send(kind)).not.toHaveProperty("retryAfter");
  });

  it("answers with a web page", async () => {
    stub.answer = answering(
      200,
      "<!doctype html><html><head><style>a{}</style></head><body>Sign in</body></html>",
      { "content-type": "text/html" },
    );
    const result = await send(kind);
    if (rigOf(kind).anyAnswer) expect(result).toEqual({ outcome: "delivered" });
    else expect(result).toMatchObject({ outcome: "failed", reason: "bad-answer", retry: true });
    stub.answer = answering(
      503,
      "<html><script>var a</script><body><h1>Service  Unavailable</h1></body></html>",
    );
    const failed = await send(kind);
    expect(failed).toMatchObject({ message: "answered 503: Service Unavailable" });
  });

  it("breaks off, before or within its answer", async () => {
    stub.answer = (response) => response.socket?.destroy();
    expect(await send(kind)).toMatchObject({ outcome: "failed", reason: "connection", retry: true });
    stub.answer = (response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("{");
      setImmediate(() => response.socket?.destroy());
    };
    expect(await send(kind)).toMatchObject({ outcome: "failed", reason: "connection", retry: true });
  });

  it("says nothing, or goes on for ever", async () => {
    for (const answer of [
      () => undefined,
      (response) => {
        response.writeHead(200);
        response.write("{");
      },
    ] as readonly StubAnswer[]) {
      const controller = new AbortController();
      stub.answer = (response, request) => {
        answer(response, request);
        setImmediate(() => controller.abort());
      };
      expect(await send(kind, { signal: controller.signal })).toMatchObject({
        outcome: "failed",
        reason: "timeout",
        retry: true,
      });
    }
  });

  it("sends more than anybody wants to read", async () => {
    stub.answer = answering(500, "x".repeat(5_000_000));
    const result = await send(kind);
    expect(result).toMatchObject({ reason: "server-error" });
    expect(result.outcome === "failed" && result.message.length).toBeLessThanOrEqual(300);
  });

  it.each([200, 400, 401, 500])(
    "repeats all it was told with status %i: no secret is passed on",
    async (status) => {
      stub.answer = (response, { path, headers, body }) => {
        const echo = `${path} ${decodeURIComponent(path)} ${JSON.stringify(headers)} ${body} ${SECRET} ${secretValue}`;
        answering(
          status,
          status === 400 ? { ok: false, error: echo, description: echo, message: echo } : echo,
        )(response, { method: "", path, headers, body });
      };
      const text = JSON.stringify(await send(kind));
      for (const part of [
        SECRET,
        "s3cr3t",
        "T0ken",
        encodeURIComponent(SECRET),
        "a-secret-signature",
        JSON.stringify(SECRET).slice(1, -1),
      ])
        expect(text).not.toContain(part);
    },
  );

  it("can't be reached: the host is told, and not the address", async () => {
    const gone = await startStubServer();
    await gone.close();
    const { url } = stub;
    Object.assign(stub, { url: gone.url });
    const result = await send(kind);
    Object.assign(stub, { url });
    expect(result).toMatchObject({ outcome: "failed", reason: "connection", retry: true });
    expect(JSON.stringify(result)).toContain("refuses connections");
    expect(JSON.stringify(result)).not.toContain("services");
  });
});

const withSecrets = kinds.filter((kind) =>
  Object.values(CHANNEL_KINDS[kind].options).some(({ type }) => type === "secret"),
);
describe.each(withSecrets)("%s", (kind) => {
  it("waits for a secret that can't be read, and says which", async () => {
    unavailable = true;
    const result = await send(kind);
    expect(result).toMatchObject({ outcome: "failed", reason: "unauthorized", retry: true });
    expect(JSON.stringify(result)).toContain("env:SECRET");
    expect(JSON.stringify(result)).toContain("isn't set");
  });

  it("looks its secret up once, and again when it was refused", async () => {
    stub.answer = rigOf(kind).taken ?? answering(200);
    const channel = channelOf(kind);
    const once = Object.entries(rigOf(kind).options()).filter(([, value]) => value === "env:SECRET").length;
    await channel.send(aNotification("1"), contextOf());
    await channel.send(aNotification("2"), contextOf());
    expect(resolves).toBe(once);
    stub.answer = answering(401);
    smtp.replies = { AUTH: "535 5.7.8 no", RSET: "421 bye", MAIL: "530 5.7.0 sign in" };
    await channel.send(aNotification("3"), contextOf());
    smtp.replies = {};
    stub.answer = rigOf(kind).taken ?? answering(200);
    expect(await channel.send(aNotification("3"), contextOf())).toMatchObject({ outcome: "delivered" });
    expect(resolves).toBe(2 * once);
    channel.close?.();
  });
});

describe.each(["ses", "sns"] as const)("%s, when AWS", (kind) => {
  it.each([
    ["Throttling", "rate-limited", true],
    ["AccessDenied", "unauthorized", true],
    ["ExpiredToken", "unauthorized", true],
    ["NotFound", "not-found", true],
    ["Timeout", "timeout", true],
    ["Network", "connection", true],
    ["InternalFailure", "server-error", true],
    ["InvalidParameter", "refused", false],
    ["MessageRejected", "refused", false],
  ] as const)("fails with %s: %s, to be tried again: %s", async (code, reason, retry) => {
    awsError = new WatchkeeperError(code, `it says ${code}`, { source: "aws", remedy: "do something" });
    expect(await send(kind)).toMatchObject({
      outcome: "failed",
      reason,
      retry,
      message: `it says ${code}; do something`,
    });
  });
});

describe("smtp, when the server", () => {
  it.each([
    ["AUTH", "535 5.7.8 wrong password", "unauthorized", true],
    ["MAIL", "550 5.7.1 sender not allowed", "not-found", true],
    ["RCPT", "550 5.1.1 no such user", "not-found", true],
    ["RCPT", "451 4.3.0 try later", "server-error", true],
    ["DATA", "554 5.7.1 this is spam", "refused", false],
    [".", "552 5.3.4 too big", "refused", false],
    ["EHLO", "421 4.3.2 closing", "server-error", true],
  ] as const)("answers %s with %s: %s, to be tried again: %s", async (command, reply, reason, retry) => {
    smtp.replies = { [command]: reply, ...(command === "EHLO" ? { HELO: reply } : {}) };
    const result = await send("smtp");
    expect(result).toMatchObject({ outcome: "failed", reason, retry });
    expect(JSON.stringify(result)).not.toContain(SECRET);
  });

  it("keeps its connections", async () => {
    const channel = channelOf("smtp");
    const before = smtp.connections;
    for (let i = 0; i < 5; i += 1) await channel.send(aNotification(`${i}`), contextOf());
    expect(smtp.connections - before).toBe(1);
    channel.close?.();
  });
});
