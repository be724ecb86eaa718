import { connect } from "node:net";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEFAULT_ACCOUNTS } from "./accounts.ts";
import { VirtualClock } from "./clock.ts";
import { answerControl } from "./control/control.ts";
import { type Listening, listen } from "./listen.ts";
import { createLocalCloud, type LocalCloud } from "./server.ts";

const { accessKeyId, secretAccessKey } = DEFAULT_ACCOUNTS[0]!;
const HOST_NOW = Date.parse("2026-11-20T12:00:00Z");
let local: LocalCloud;
let server: Listening;

beforeAll(async () => {
  // Signatures go by the real clock, as clients do; service time stands where the tests say.
  local = createLocalCloud({ clock: new VirtualClock({ host: () => HOST_NOW }), maxBodyBytes: 100_000 });
  server = await listen(local);
});

afterAll(async () => {
  await server.close();
  local.close();
});

function client(endpoint = server.endpoint): STSClient {
  return new STSClient({
    region: "eu-central-1",
    endpoint,
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 1,
  });
}

async function control(path: string, method = "GET", body?: unknown, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.endpoint}/_local/${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return [response.status, (await response.json()) as { readonly error?: string }] as const;
}

/** Sends bytes as they are, and answers what comes back until the other side closes. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.endpoint).port), "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.on("data", (chunk) => {
      answer += String(chunk);
    });
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

describe("over HTTP", () => {
  it("answers clients, many at once on kept connections", async () => {
    expect(server.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const sts = client();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => sts.send(new GetCallerIdentityCommand({}))),
    );
    expect(new Set(answers.map(({ Account }) => Account))).toEqual(new Set(["111122223333"]));
    sts.destroy();
  });

  it("refuses bodies beyond the limit without reading on", async () => {
    const head = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999\r\n\r\n";
    const answer = await raw(head + "x".repeat(200_000));
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain("RequestEntityTooLarge");
  });

  it("drops the connection for a fault that says so", async () => {
    local.faults.set({ rules: [{ nth: 1, effect: "timeoutAfterEffect" }] });
    const sts = client();
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: "111122223333" });
    sts.destroy();
  });

  it("says when the port is taken, and closes while clients keep connections open", async () => {
    const port = Number(new URL(server.endpoint).port);
    await expect(listen(local, { port })).rejects.toMatchObject({
      code: "PortInUse",
      message: `port ${port} of 127.0.0.1 is in use`,
    });
    const other = await listen(local);
    const sts = client(other.endpoint);
    await sts.send(new GetCallerIdentityCommand({}));
    await Promise.all([other.close(), other.close()]);
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toThrow();
    sts.destroy();
  });
});

describe("the control interface", () => {
  it("tells health, and moves the clock forward only", async () => {
    expect(await control("health")).toEqual([200, { status: "ok" }]);
    expect(await control("clock")).toMatchObject([200, { now: "2026-11-20T12:00:00.000Z" }]);
    expect(await control("clock", "POST", { advance: "1h30m" })).toMatchObject([
      200,
      { now: "2026-11-20T13:30:00.000Z" },
    ]);
    expect(await control("clock", "POST", { to: "2026-12-01T00:00:00Z" })).toMatchObject([
      200,
      { now: "2026-12-01T00:00:00.000Z" },
    ]);
    const [status, { error }] = await control("clock", "POST", { to: "2026-11-20T12:00:00Z" });
    expect([status, error]).toEqual([400, "the clock cannot go back to 2026-11-20T12:00:00.000Z"]);
  });

  it("tells how far service time is from the host's", async () => {
    const apart = createLocalCloud({
      clock: new VirtualClock({ host: () => HOST_NOW, start: new Date(HOST_NOW + 1500) }),
      hostNow: () => HOST_NOW,
    });
    const request = {
      method: "GET",
      path: "/_local/clock",
      query: "",
      headers: { host: "localhost" },
      body: Buffer.alloc(0),
    };
    expect(await answerControl(apart, request, "127.0.0.1")).toEqual({
      status: 200,
      json: { now: "2026-11-20T12:00:01.500Z", offsetMs: 1500 },
    });
    apart.close();
  });

  it("refuses what it can't read, saying what it wants", async () => {
    for (const [body, message] of [
      ["{", "the body is not JSON"],
      ["1", "the body is not a JSON object"],
      [{}, 'give either {"advance": "1h"}'],
      [{ advance: "1h", to: "2027-01-01" }, "give either"],
      [{ advance: "soon" }, '"soon" is not a duration'],
      [{ advance: -5 }, "-5 is not a duration"],
      [{ to: "tomorrow" }, '"tomorrow" is not a time'],
    ] as const) {
      const [status, { error }] = await control("clock", "POST", body);
      expect(status).toBe(400);
      expect(error).toContain(message);
    }
    expect(await control("nothing")).toMatchObject([
      404,
      { error: expect.stringContaining("there are health, clock") },
    ]);
    expect(await control("toString")).toMatchObject([404, {}]);
    expect(await control("health", "POST")).toMatchObject([
      405,
      { error: "/_local/health answers GET only" },
    ]);
  });

  it("counts requests and sets faults", async () => {
    await control("requests", "DELETE");
    const sts = client();
    await control("faults", "PUT", {
      rules: [{ operation: "GetCallerIdentity", effect: "throttle", nth: 2 }],
    });
    await sts.send(new GetCallerIdentityCommand({}));
    await expect(sts.send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({ name: "Throttling" });
    sts.destroy();
    expect(await control("requests")).toEqual([200, { "sts:GetCallerIdentity": 2 }]);
    expect(await control("faults")).toMatchObject([200, { rules: [{ effect: "throttle" }] }]);
    expect(await control("faults", "PUT", { nonsense: 1 })).toMatchObject([
      400,
      { error: expect.stringContaining("unknown setting nonsense") },
    ]);
    expect(await control("faults", "PUT", {})).toEqual([200, {}]);
    expect(await control("requests", "DELETE")).toEqual([200, {}]);
    expect(await control("requests")).toEqual([200, {}]);
  });

  it("can't be reached from web pages, nor by other names of this machine", async () => {
    const origin = await control("clock", "POST", { advance: "1h" }, { origin: "http://evil.example" });
    expect(origin).toEqual([403, { error: "requests from web pages are refused" }]);
    for (const [host, status] of [
      ["evil.example", 403],
      ["127.0.0.1.evil.example", 403],
      ["localhost:1", 200],
      ["[::1]:1", 200],
      ["127.1.2.3", 200],
    ] as const) {
      const answer = await raw(`GET /_local/health HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      expect(answer, host).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    }
  });
});
