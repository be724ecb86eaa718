import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type StubServer, startStubServer } from "../../../test/support/stub-server.ts";
import { HttpClient } from "../../notify/channels/http-client.ts";
import { Delivery } from "../../notify/delivery/delivery.ts";
import { MemoryStore } from "../../state/memory-store.ts";
import { ManualClock } from "../../support/clock.ts";
import { type Context, silentLogger } from "../../support/context.ts";
import { type HealthReport, watchHealth } from "./health.ts";
import { healthMetrics, heartbeat } from "./health-signals.ts";

const warnings: string[] = [];
const clock = new ManualClock("2026-11-20T10:00:00Z");
const context: Context = {
  clock,
  random: () => 0.5,
  signal: new AbortController().signal,
  log: { ...silentLogger, warn: (message) => warnings.push(message) },
};
const report = (changes: Partial<HealthReport> = {}): HealthReport => ({
  healthy: true,
  channels: [],
  ...changes,
});

let server: StubServer;
const http = new HttpClient();
beforeEach(async () => {
  warnings.length = 0;
  server = await startStubServer();
});
afterEach(() => server.close());

describe("the heartbeat", () => {
  it("beats while all is well, and only then", async () => {
    const beat = heartbeat(`${server.url}/ping/abc?x=1`, http, context);
    await beat(report());
    await beat(report({ healthy: false }));
    await beat(report({ store: "disk full", healthy: false }));
    await beat(report());
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /ping/abc?x=1",
      "GET /ping/abc?x=1",
    ]);
    expect(warnings).toEqual([]);
  });

  it("that isn't taken is logged, and stops nothing", async () => {
    const beat = heartbeat(server.url, http, context);
    server.answer = (response) => void response.writeHead(500).end();
    await beat(report());
    server.answer = (response) => void response.destroy();
    await beat(report());
    expect(warnings).toEqual(["the heartbeat was answered 500", "the heartbeat doesn't get through"]);
  });

  it("goes over https beyond this machine", () => {
    expect(() => heartbeat("http://example.com/ping", http, context)).toThrow(/https/);
  });
});

describe("the metrics", () => {
  it("are put in parts that the service takes", async () => {
    const puts: { readonly MetricData: readonly object[] }[] = [];
    const session = { send: async (_: string, __: string, input: (typeof puts)[number]) => puts.push(input) };
    const channels = Array.from({ length: 400 }, (_, n) => ({
      channel: `c${n}`,
      pending: n,
      oldestSeconds: 2 * n,
      failed: 3 * n,
    }));
    await healthMetrics("prod", async () => session as never, context)(report({ channels }));
    expect(puts.map(({ MetricData }) => MetricData.length)).toEqual([900, 300]);
    const dimensions = [
      { Name: "Configuration", Value: "prod" },
      { Name: "Channel", Value: "c2" },
    ];
    expect(puts[0]?.MetricData.slice(6, 9)).toEqual([
      { MetricName: "Pending", Value: 2, Unit: "Count", Dimensions: dimensions, Timestamp: clock.now() },
      {
        MetricName: "OldestPending",
        Value: 4,
        Unit: "Seconds",
        Dimensions: dimensions,
        Timestamp: clock.now(),
      },
      { MetricName: "Failed", Value: 6, Unit: "Count", Dimensions: dimensions, Timestamp: clock.now() },
    ]);
  });

  it("that can't be put are logged", async () => {
    await healthMetrics("prod", () => Promise.reject(new Error("no way")), context)(report());
    expect(warnings).toEqual(["the notifier's metrics can't be put"]);
  });
});

describe("what was given up", () => {
  it("by a process before is told through another channel, once", async () => {
    const store = new MemoryStore();
    const message = { id: "m", channel: "team", createdAt: 0, payload: "{}" };
    await store.commit([{ kind: "enqueue", message }]);
    const [pending] = await store.pending("team", 0, 9);
    await store.commit([
      { kind: "set-aside", message: pending as never, attempts: 8, at: 0, reason: "unfinished" },
    ]);
    const sent: string[] = [];
    for (let life = 0; life < 2; life += 1) {
      const stop = new AbortController();
      const channels = ["team", "mail"].map((name) => ({
        name,
        kind: "test",
        capabilities: { update: false, thread: false, picture: false },
        send: async ({ title, status }: { readonly title: string; readonly status: string }) => {
          sent.push(`${name} ${status}: ${title}`);
          return { outcome: "delivered" as const };
        },
      }));
      const delivery = new Delivery({ store, channels, context, owner: `life ${life}` });
      await delivery.start();
      const names = channels.map(({ name }) => name);
      const watching = watchHealth(
        {
          delivery,
          notifier: { trouble: undefined },
          store,
          context,
          channels: names,
          told: [],
          every: 60_000,
        },
        stop.signal,
      );
      await clock.advance(3 * 60_000);
      stop.abort();
      await watching;
      const stopped = delivery.stop();
      await clock.advance(60_000);
      await stopped;
    }
    expect(sent).toEqual([
      expect.stringMatching(/^mail firing: ALARM {2}messages for team aren't delivered/),
      expect.stringMatching(/^mail resolved: OK {2}messages for team aren't delivered/),
    ]);
  });
});
