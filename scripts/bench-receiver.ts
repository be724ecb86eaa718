// A webhook in a process of its own, which counts what it is posted.
import { type ChildProcess, fork } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A webhook on loopback. */
export interface Receiver {
  readonly port: number;
  /** Forgets what came so far; resolves with how many came since when it is at least `count`, or after `within` ms. */
  received(count: number, within: number): Promise<number>;
  stop(): void;
}

interface Wish {
  readonly count: number;
  readonly within: number;
}

/** Starts it. */
export async function startReceiver(): Promise<Receiver> {
  const child: ChildProcess = fork(import.meta.filename, { execArgv: process.execArgv });
  const answer = (): Promise<number> =>
    new Promise((resolve) => child.once("message", (value) => resolve(Number(value))));
  const port = await answer();
  return {
    port,
    received: (count, within) => {
      const answered = answer();
      child.send({ count, within } satisfies Wish);
      return answered;
    },
    stop: () => child.disconnect(),
  };
}

if (process.send && process.argv[1] === import.meta.filename) {
  let count = 0;
  let enough: (() => void) | undefined;
  let wanted = Number.POSITIVE_INFINITY;
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      count += 1;
      response.end("ok");
      if (count >= wanted) enough?.();
    });
  });
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
  process.on("message", (wish: Wish) => {
    count = 0;
    wanted = wish.count;
    const answer = (): void => {
      clearTimeout(timer);
      enough = undefined;
      process.send?.(count);
    };
    const timer = setTimeout(answer, wish.within);
    enough = answer;
  });
  process.on("disconnect", () => process.exit(0));
}
