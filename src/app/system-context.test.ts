import { afterEach, describe, expect, it } from "vitest";
import { type StubServer, startStubServer } from "../../test/support/stub-server.ts";
import { CLOCK_URL_VARIABLE, systemContext } from "./system-context.ts";

let server: StubServer | undefined;
afterEach(async () => server?.close());

const signal = new AbortController().signal;
const HOUR = 3_600_000;

/** A context on the clock of a server that is ahead of the host's by so much, ms. */
async function ahead(by: () => number) {
  server = await startStubServer((response) =>
    response.end(JSON.stringify({ now: new Date(Date.now() + by()).toISOString() })),
  );
  const { clock } = await systemContext({ env: { [CLOCK_URL_VARIABLE]: server.url }, signal });
  return { clock, offset: () => clock.now().getTime() - Date.now() };
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((done) => setTimeout(done, 20));
}

describe("a local cloud's clock", () => {
  it("is followed when it jumps, without asking each time", async () => {
    let by = HOUR;
    const { offset } = await ahead(() => by);
    expect(Math.round(offset() / 1000)).toBe(3600);
    for (let n = 0; n < 1000; n += 1) offset();
    expect(server?.requests).toHaveLength(1);
    by = 2 * HOUR;
    await until(() => Math.round(offset() / 1000) === 7200);
    expect(server?.requests.length).toBeLessThan(5);
  });

  it("wakes by a jump whoever sleeps, and lets him be called off", async () => {
    let by = 0;
    const { clock } = await ahead(() => by);
    const sleeping = clock.sleep(HOUR);
    by = HOUR;
    await sleeping;
    const stop = new AbortController();
    const called = clock.sleep(HOUR, stop.signal);
    stop.abort(new Error("stop"));
    await expect(called).rejects.toThrow();
  });

  it("goes on when the cloud is gone", async () => {
    const { offset } = await ahead(() => HOUR);
    await server?.close();
    const start = performance.now();
    await until(() => {
      expect(Math.round(offset() / 1000)).toBe(3600);
      return performance.now() - start > 600;
    });
  });

  it("is refused elsewhere than on this machine, and where none answers", async () => {
    const open = (url: string) => systemContext({ env: { [CLOCK_URL_VARIABLE]: url }, signal });
    await expect(open("http://example.com/")).rejects.toMatchObject({ code: "clock-not-local" });
    await expect(open("http://127.0.0.1:1/")).rejects.toMatchObject({ code: "clock-unreachable" });
    server = await startStubServer((response) => response.end('{"now":"noon"}'));
    await expect(open(server.url)).rejects.toMatchObject({ code: "clock-unreachable" });
  });
});
