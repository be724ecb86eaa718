// kill -9 at random points: everything is delivered, in order, and no more is repeated than was under way.
import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FEW } from "../../src/notify/delivery/unfinished.ts";
import type { Notification } from "../../src/notify/notification.ts";
import { openSqliteStore } from "../../src/state/sqlite-store.ts";
import { type BundledPrograms, bundlePrograms } from "../support/bundled-programs.ts";
import { AT_ONCE, eventGroup, eventKey } from "../support/kill-events.ts";

const SOAK = process.env["WATCHKEEPER_SOAK"] !== undefined;
const ALARMS = 500;
const KILLS = SOAK ? 200 : 10;
/** Outcomes that aren't stored yet count as under way. What waits when a process takes over from a killed one is sent few at a time. */
const mostRepeated = (kills: number): number => 2 * AT_ONCE + FEW * kills;

let programs: BundledPrograms;
beforeAll(async () => {
  programs = await bundlePrograms("delivery-child");
});
afterAll(() => programs.remove());

describe("delivery under kill -9", () => {
  it(`loses nothing over ${2 * ALARMS} events and ${KILLS} kills`, { timeout: 600_000 }, async () => {
    const path = join(programs.folder, "store.db");
    const store = await openSqliteStore(path);
    const keys = Array.from({ length: ALARMS }, (_, alarm) => eventKey(alarm, "ALARM")).concat(
      Array.from({ length: ALARMS }, (_, alarm) => eventKey(alarm, "OK")),
    );
    await store.commit(
      keys.map((key, index) => ({
        kind: "put",
        collection: "groups",
        key,
        value: eventGroup(key, index),
        due: index,
      })),
    );
    await store.close();

    const seen = new Map<string, string>();
    let received = 0;
    let killAt = Number.POSITIVE_INFINITY;
    let running: ChildProcess | undefined;
    const server: Server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        const { incident, status } = JSON.parse(body) as Notification;
        seen.set(incident, `${seen.get(incident) ?? ""}${status === "firing" ? "A" : "O"}`);
        received += 1;
        // Sometimes before the answer, sometimes after it.
        if (received >= killAt && received % 2 === 0) running?.kill("SIGKILL");
        response.end("ok");
        if (received >= killAt) running?.kill("SIGKILL");
      });
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;

    let kills = 0;
    for (;;) {
      const share = Math.floor((2 * keys.length) / (KILLS + 1));
      killAt = kills < KILLS ? received + Math.floor(Math.random() * share) : Number.POSITIVE_INFINITY;
      // What one left behind is taken up by one of the other kind.
      const args = [path, String(port), kills % 2 === 0 ? "thread" : "here"];
      const process_ = spawn(process.execPath, [join(programs.folder, "delivery-child.mjs"), ...args], {
        stdio: ["ignore", "ignore", "inherit"],
      });
      running = process_;
      // Now and then early: while the store is opened, or the first commits are made.
      const early = kills < KILLS && kills % 4 === 3;
      const timer = early ? setTimeout(() => process_.kill("SIGKILL"), Math.random() * 300) : undefined;
      const [code, signal] = await new Promise<[number | null, string | null]>((done) =>
        process_.once("exit", (...end) => done(end)),
      );
      clearTimeout(timer);
      if (signal === "SIGKILL") kills += 1;
      else expect(code).toBe(0);
      if (signal === null) break;
    }
    server.close();
    server.closeAllConnections();

    expect(seen.size).toBe(ALARMS);
    for (const [incident, order] of seen) expect(`${incident} ${order}`).toMatch(/ A+O+$/);
    const repeated = received - keys.length;
    expect(kills).toBeGreaterThan(KILLS / 2);
    expect(repeated).toBeLessThanOrEqual(mostRepeated(kills));
    const left = await openSqliteStore(path);
    expect(await left.backlog()).toEqual([]);
    expect(await left.list("groups", { limit: 9 })).toEqual([]);
    await left.close();
    if (SOAK) process.stdout.write(`${kills} kills, ${repeated} of ${keys.length} sent twice\n`);
  });
});
