import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Endpoint, httpsEndpoint, pem } from "../../../test/support/check-endpoints.ts";
import { HttpClient } from "./http-client.ts";
import { KeptConnections, MOST_IDLE } from "./kept-connections.ts";

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** A client whose requests are never given up unless `signal` says so. */
function client(): (url: string, signal?: AbortSignal) => Promise<string> {
  const http = new HttpClient();
  undo.push(() => http.close());
  return async (url, signal = new AbortController().signal) =>
    (await http.send({ url, body: "{}", signal })).body;
}

function connections(protocol: "http:" | "https:" = "http:"): KeptConnections {
  const made = new KeptConnections(protocol, protocol === "https:" ? { ca: pem("authority") } : {});
  undo.push(() => made.destroy());
  return made;
}

/** A server that answers each request with its connection's number, counted from 0. */
async function numbering(
  answer: (socket: Socket, number: number) => string | undefined = () => undefined,
): Promise<{ readonly url: string; readonly sockets: readonly Socket[] }> {
  const sockets: Socket[] = [];
  const server: Server = createServer((incoming, response) => {
    incoming.resume().on("end", () => {
      const number = sockets.indexOf(incoming.socket);
      const raw = answer(incoming.socket, number);
      if (raw === undefined) response.end(String(number));
      else incoming.socket.write(raw.replaceAll("#", String(number)));
    });
  });
  server.keepAliveTimeout = 0;
  server.on("connection", (socket) => sockets.push(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  undo.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, sockets };
}

/** Sends an empty request over connections; its answer's body. */
function post(kept: KeptConnections, url: string): Promise<string> {
  const { hostname: host, port, pathname } = new URL(url);
  return new Promise((resolve, reject) => {
    kept.send(
      { host, port: Number(port) },
      {
        head: `POST ${pathname} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\n\r\n`,
        body: "",
        done: ({ body }) => resolve(body),
        fail: reject,
      },
    );
  });
}

describe("a connection", () => {
  it("is kept for the next request, the one used last first", async () => {
    const { url } = await numbering();
    const send = client();
    expect((await Promise.all([send(url), send(url), send(url)])).sort()).toEqual(["0", "1", "2"]);
    const last = await send(url);
    for (let i = 0; i < 3; i += 1) expect(await send(url)).toBe(last);
  });

  it("is kept for its own place only", async () => {
    const one = await numbering();
    const other = await numbering();
    const send = client();
    for (let i = 0; i < 2; i += 1)
      expect([await send(one.url), await send(other.url), await send(`${one.url}path`)]).toEqual([
        "0",
        "0",
        "0",
      ]);
    expect([one.sockets.length, other.sockets.length]).toEqual([1, 1]);
  });

  it.each([
    ["says that it closes it", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n#"],
    ["speaks HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n#"],
    ["keeps it for a second", "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 1\r\n\r\n#"],
  ])("isn't kept when the service %s", async (_, raw) => {
    const { url } = await numbering(() => raw);
    const send = client();
    expect([await send(url), await send(url)]).toEqual(["0", "1"]);
  });

  it("is kept when the service keeps it for longer", async () => {
    const raw = "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=15\r\nContent-Length: 1\r\n\r\n#";
    const { url } = await numbering(() => raw);
    const send = client();
    expect([await send(url), await send(url)]).toEqual(["0", "0"]);
  });

  it("isn't used again once the service closed or broke it while it was idle", async () => {
    const { url, sockets } = await numbering();
    const kept = connections();
    for (const [number, end] of (["end", "destroy", "resetAndDestroy"] as const).entries()) {
      expect(await post(kept, url)).toBe(String(number));
      sockets[number]?.[end]();
      await vi.waitFor(() => expect(kept.open).toBe(0));
    }
    expect(await post(kept, url)).toBe("3");
  });

  it("isn't used again when something comes that nobody asked for", async () => {
    const { url, sockets } = await numbering();
    const send = client();
    expect(await send(url)).toBe("0");
    const closed = once(sockets[0] as Socket, "close");
    sockets[0]?.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged");
    await closed;
    expect(await send(url)).toBe("1");
  });

  it("is closed when its request is given up midway, and no other with it", async () => {
    const { url, sockets } = await numbering((_, number) => (number === 0 ? "" : undefined));
    const send = client();
    const late = new AbortController();
    const given = send(url, late.signal);
    const other = send(url);
    expect(await other).toBe("1");
    const closed = once(sockets[0] as Socket, "close");
    late.abort();
    await expect(given).rejects.toMatchObject({ reason: "timeout" });
    await closed;
    expect(await send(url)).toBe("1");
  });

  it("isn't touched by a request that is given up before it begins", async () => {
    const { url, sockets } = await numbering();
    const send = client();
    expect(await send(url)).toBe("0");
    await expect(send(url, AbortSignal.abort())).rejects.toMatchObject({ reason: "timeout" });
    expect(await send(url)).toBe("0");
    expect(sockets).toHaveLength(1);
  });

  it("isn't kept after an answer that is too long to be read", async () => {
    const raw = `HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n${"x".repeat(70_000)}`;
    const { url, sockets } = await numbering((_, number) => (number === 0 ? raw : undefined));
    const send = client();
    expect(await send(url)).toBe("x".repeat(65_536));
    if (!sockets[0]?.destroyed) await once(sockets[0] as Socket, "close");
    expect(await send(url)).toBe("1");
  });

  it("is closed when it is idle for two looks, and not while it waits for an answer", async () => {
    const held: Socket[] = [];
    const { url, sockets } = await numbering((socket, number) => {
      if (number > 0) return undefined;
      held.push(socket);
      return held.length === 2 ? "" : "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n#";
    });
    const kept = connections();
    expect(await post(kept, url)).toBe("0");
    kept.closeUnused();
    const slow = post(kept, url);
    await vi.waitFor(() => expect(held).toHaveLength(2));
    for (let looks = 0; looks < 3; looks += 1) kept.closeUnused();
    held[0]?.write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate");
    expect(await slow).toBe("late");
    const closed = once(sockets[0] as Socket, "close");
    kept.closeUnused();
    expect(await post(kept, url)).toBe("0");
    for (let looks = 0; looks < 2; looks += 1) kept.closeUnused();
    await closed;
    expect(await post(kept, url)).toBe("1");
  });

  it("takes a request of more than one piece, and isn't kept when its answer came before the end of it", async () => {
    const { url } = await numbering();
    const http = new HttpClient();
    undo.push(() => http.close());
    const bodies: readonly (string | Uint8Array)[] = [
      "é".repeat(10),
      new Uint8Array([0, 13, 10, 255]),
      "x".repeat(3e6),
    ];
    for (const body of bodies) {
      const answer = await http.send({ url, body, signal: new AbortController().signal });
      expect(answer).toMatchObject({ status: 200, body: "0" });
    }
    const early = createTcpServer((socket) => {
      socket.once("data", () => socket.write("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"));
      socket.on("error", () => undefined);
      undo.push(() => socket.destroy());
    });
    early.listen(0, "127.0.0.1");
    await once(early, "listening");
    undo.push(() => early.close());
    const address = `http://127.0.0.1:${(early.address() as AddressInfo).port}/`;
    const refused = await http.send({
      url: address,
      body: "x".repeat(3e7),
      signal: new AbortController().signal,
    });
    expect(refused.status).toBe(413);
    const next = await http.send({ url: address, body: "x", signal: new AbortController().signal });
    expect(next.status).toBe(413);
  });

  it("is one of a limited number while it is idle", async () => {
    const { url, sockets } = await numbering();
    const send = client();
    await Promise.all(Array.from({ length: MOST_IDLE + 3 }, () => send(url)));
    await vi.waitFor(() => expect(sockets.filter(({ destroyed }) => !destroyed)).toHaveLength(MOST_IDLE));
  });

  it("doesn't keep the process alive while it is idle", async () => {
    const server = createTcpServer((socket) => {
      // The server's side would count as well.
      socket.unref();
      socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
      undo.push(() => socket.destroy());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    undo.push(() => server.close());
    const alive = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
    // Those of other tests are on their way out.
    await vi.waitFor(() => expect(alive()).toBe(0));
    const send = client();
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    for (let i = 0; i < 2; i += 1) {
      const sent = send(url);
      if (i === 1) expect(alive()).toBe(1);
      expect(await sent).toBe("ok");
      await new Promise((resolve) => setImmediate(resolve));
      expect(alive()).toBe(0);
    }
  });
});

describe("a connection with TLS", () => {
  async function secure(): Promise<{ readonly endpoint: Endpoint; readonly seen: unknown[] }> {
    const seen: unknown[] = [];
    const endpoint = await httpsEndpoint("valid", (incoming, response) => {
      const socket = incoming.socket as TLSSocket & { readonly servername?: string | false };
      seen.push({
        name: socket.servername,
        resumed: socket.isSessionReused(),
        protocol: socket.alpnProtocol,
      });
      if (incoming.url === "/last") response.setHeader("connection", "close");
      response.end("ok");
    });
    undo.push(() => endpoint.close());
    return { endpoint, seen };
  }

  it("asks for the service by its name, and saves the next one half of the handshake", async () => {
    const { endpoint, seen } = await secure();
    const kept = connections("https:");
    for (const path of ["/", "/last", "/", "/"])
      expect(await post(kept, `https://localhost:${endpoint.port}${path}`)).toBe("ok");
    const [first, , afresh, last] = seen;
    expect(first).toEqual({ name: "localhost", resumed: false, protocol: "http/1.1" });
    expect(afresh).toEqual({ name: "localhost", resumed: true, protocol: "http/1.1" });
    expect(last).toEqual(afresh);
    expect(endpoint.open()).toBe(1);
  });

  it("doesn't ask for an address as if it were a name", async () => {
    const { endpoint, seen } = await secure();
    const url = `https://127.0.0.1:${endpoint.port}/`;
    expect(await post(connections("https:"), url)).toBe("ok");
    expect(seen).toMatchObject([{ name: false }]);
  });

  it("isn't made to a service that can't prove who it is", async () => {
    const { endpoint, seen } = await secure();
    await expect(client()(`https://localhost:${endpoint.port}/`)).rejects.toMatchObject({
      reason: "connection",
    });
    expect(seen).toEqual([]);
  });
});

describe.each(["http:", "https:"] as const)("connections of %s", (protocol) => {
  it("that take their answers in pieces, many at once, don't mix them up", async () => {
    const asked: { readonly socket: Socket; readonly text: string }[] = [];
    const count = 40;
    const bodyOf = (number: string): string => `${number}-é `.repeat(4000 + Number(number));
    const textOf = (number: string): Buffer => {
      const body = Buffer.from(bodyOf(number));
      const half = Number(number) % 2 === 0;
      const head = half ? `Content-Length: ${body.length}` : "Transfer-Encoding: chunked";
      const [before, after] = half ? ["", ""] : [`${body.length.toString(16)}\r\n`, "\r\n0\r\n\r\n"];
      return Buffer.concat([
        Buffer.from(`HTTP/1.1 200 OK\r\nX-Number: ${number}\r\n${head}\r\n\r\n${before}`),
        body,
        Buffer.from(after),
      ]);
    };
    /** A piece for each, then the next one for each: what comes for one lies where the others' did. */
    const answerAll = async (): Promise<void> => {
      const answers = asked.splice(0).map(({ socket, text }) => ({ socket, answer: textOf(text) }));
      const cuts = [0, 25, 90, 5000, 20_000, Number.POSITIVE_INFINITY];
      for (const [index, end] of cuts.slice(1).entries()) {
        for (const { socket, answer } of answers) socket.write(answer.subarray(cuts[index], end));
        for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      }
    };
    let sockets = 0;
    const serve = (socket: Socket): void => {
      sockets += 1;
      undo.push(() => socket.destroy());
      socket.setNoDelay(true).on("data", (data: Buffer) => {
        asked.push({ socket, text: /^POST \/(\d+) /.exec(String(data))?.[1] ?? "0" });
        if (asked.length === count) void answerAll();
      });
    };
    const server =
      protocol === "http:"
        ? createTcpServer(serve)
        : createTlsServer({ cert: pem("valid"), key: pem("key") }, serve);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    undo.push(() => server.close());
    const url = `${protocol}//localhost:${(server.address() as AddressInfo).port}/`;
    const kept = connections(protocol);
    const numbers = Array.from({ length: count }, (_, index) => String(index));
    for (let round = 0; round < 3; round += 1) {
      const bodies = await Promise.all(numbers.map((number) => post(kept, `${url}${number}`)));
      for (const number of numbers) expect(bodies[Number(number)] === bodyOf(number)).toBe(true);
    }
    expect(sockets).toBe(count);
  });
});
