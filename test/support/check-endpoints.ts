// Endpoints on loopback for checks to ask: TCP in all its moods, TLS with certificates of every kind, a small name server.
import { createSocket } from "node:dgram";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "../fixtures/certificates");

/** One of the certificates in test/fixtures/certificates, or the key of all of them. */
export function pem(
  name: "authority" | "valid" | "expired" | "other-name" | "not-yet-valid" | "key",
): string {
  return readFileSync(join(FOLDER, `${name}.pem`), "utf8");
}

/** Something that listens. */
export interface Endpoint {
  readonly port: number;
  /** Connections that are open now. */
  open(): number;
  close(): Promise<void>;
}

export function httpEndpoint(answer: RequestListener): Promise<Endpoint> {
  return listening(createHttpServer(answer));
}

export function httpsEndpoint(
  certificate: Parameters<typeof pem>[0],
  answer: RequestListener,
): Promise<Endpoint> {
  return listening(createHttpsServer({ cert: pem(certificate), key: pem("key") }, answer));
}

export function tcpEndpoint(onConnection: (socket: Socket) => void): Promise<Endpoint> {
  return listening(
    createServer((socket) => {
      // A peer that breaks off is what some tests are about.
      socket.on("error", () => undefined);
      onConnection(socket);
    }),
  );
}

function listening(server: Server): Promise<Endpoint> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        open: () => sockets.size,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            for (const socket of sockets) socket.destroy();
          }),
      }),
    );
  });
}

/** A port of loopback where nothing listens. */
export async function closedPort(): Promise<number> {
  const endpoint = await tcpEndpoint(() => undefined);
  await endpoint.close();
  return endpoint.port;
}

/** What the name server answers to a question: a response code, and records as their bytes; undefined: nothing at all. */
export type DnsZone = Readonly<
  Record<string, { readonly rcode?: number; readonly records?: readonly Uint8Array[] } | undefined>
>;

/** A name server that knows a few questions by `TYPE name`; others get NXDOMAIN. */
export function nameServer(zone: DnsZone): Promise<Pick<Endpoint, "port" | "close">> {
  const socket = createSocket("udp4");
  socket.on("message", (query, peer) => {
    const { question, name, type, end } = questionOf(query);
    const key = `${type} ${name}`;
    const found = Object.hasOwn(zone, key) ? zone[key] : { rcode: 3 };
    if (!found) return;
    const records = found.records ?? [];
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8180 | (found.rcode ?? 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    const answers = records.map((data) => {
      const fixed = Buffer.alloc(12);
      // A pointer to the name in the question, its type and class, a minute to live.
      fixed.writeUInt16BE(0xc00c, 0);
      query.copy(fixed, 2, end - 4, end);
      fixed.writeUInt32BE(60, 6);
      fixed.writeUInt16BE(data.length, 10);
      return Buffer.concat([fixed, data]);
    });
    socket.send(Buffer.concat([header, question, ...answers]), peer.port, peer.address);
  });
  return new Promise((resolve) => {
    socket.bind(0, "127.0.0.1", () =>
      resolve({
        port: socket.address().port,
        close: () => new Promise((done) => socket.close(() => done())),
      }),
    );
  });
}

/** A name as DNS writes it. */
export function dnsName(name: string): Buffer {
  const labels = name.split(".").map((label) => Buffer.from(`${String.fromCharCode(label.length)}${label}`));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

const TYPES: Readonly<Record<number, string>> = { 1: "A", 5: "CNAME", 15: "MX", 16: "TXT", 28: "AAAA" };

function questionOf(query: Buffer) {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  const end = at + 5;
  const type = TYPES[query.readUInt16BE(at + 1)] ?? "?";
  return { question: query.subarray(12, end), name: labels.join(".").toLowerCase(), type, end };
}
