// A webhook in a process of its own, which counts what it is posted. It reads no more of HTTP than it must: the cores are few, and
// what it takes of them is missing to the program that is measured.
import { type ChildProcess, fork } from "node:child_process";
import { type AddressInfo, createServer, type Socket } from "node:net";

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
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    answerEach(socket, () => {
      count += 1;
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

const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** Answers every request on a connection. They must have a Content-Length, and may come in pieces. */
function answerEach(socket: Socket, onRequest: () => void): void {
  let held = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    for (;;) {
      const head = held.indexOf("\r\n\r\n");
      if (head < 0) return;
      const length = /^content-length: *(\d+)/im.exec(held.toString("latin1", 0, head))?.[1];
      if (length === undefined) throw new Error("a request without Content-Length");
      const end = head + 4 + Number(length);
      if (held.length < end) return;
      held = held.subarray(end);
      socket.write(ANSWER);
      onRequest();
    }
  });
  socket.on("error", () => socket.destroy());
}
