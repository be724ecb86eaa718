import { isIP, connect as netConnect, type Socket, type TcpNetConnectOpts } from "node:net";
import { type ConnectionOptions, connect as tlsConnect } from "node:tls";
import { AnswerReader, type HttpAnswer } from "./answer-reader.ts";

/** Idle connections to one peer; what becomes idle beyond them is closed. */
export const MOST_IDLE = 256;
/** Where what comes from any connection is put, to be read at once: a buffer for each read costs more than the reading. */
const RECEIVED = Buffer.allocUnsafeSlow(64 * 1024);
/** Pause before the system itself looks whether a silent peer is still there, ms; as Node's agents have it. */
const KEEP_ALIVE = 1000;

/** A request as it is written, and what becomes of it: one of the two, once. */
export interface Exchange {
  /** With the empty line at its end. ASCII. */
  readonly head: string;
  readonly body: string | Uint8Array;
  done(answer: HttpAnswer): void;
  /** `stale`: it met a kept connection that the service had closed, and of an answer came nothing. */
  fail(error: unknown, stale: boolean): void;
}

/** Where a connection leads. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** What is known of a target. */
interface Peer {
  readonly connectOptions: ConnectionOptions;
  /** Those that wait for a request, the last used one at the end. */
  readonly idle: Connection[];
  /** Of the last TLS connection: saves the next one half of its handshake. */
  session?: Buffer | undefined;
}

/** Connections of HTTP/1.1 that are kept for the next request to the same peer; one request at a time on each. */
export class KeptConnections {
  readonly #secure: boolean;
  readonly #tls: ConnectionOptions;
  readonly #peers = new Map<string, Peer>();
  readonly #all = new Set<Connection>();

  /** `tls`: further options of the connections, the same for all of them. */
  constructor(protocol: "http:" | "https:", tls: ConnectionOptions = {}) {
    this.#secure = protocol === "https:";
    this.#tls = tls;
  }

  /** Sends a request; `fresh`: over a connection that no other went over. What it returns ends it. */
  send(target: Target, exchange: Exchange, fresh = false): () => void {
    const peer = this.#peerOf(target);
    const connection = (fresh ? undefined : keptBy(peer)) ?? this.#open(peer);
    connection.serve(exchange);
    return () => connection.end(exchange);
  }

  /** How many there are, idle ones among them. */
  get open(): number {
    return this.#all.size;
  }

  /** Closes idle connections that weren't used since this was called last. */
  closeUnused(): void {
    for (const connection of this.#all) connection.look();
  }

  /** Closes all connections, those under way too. */
  destroy(): void {
    for (const { socket } of this.#all) socket.destroy();
  }

  #peerOf({ host, port }: Target): Peer {
    const key = `${host}:${port}`;
    let peer = this.#peers.get(key);
    if (!peer) {
      const tcp = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE };
      // An address isn't a name that a service could be asked for.
      const tls = { servername: isIP(host) ? "" : host, ALPNProtocols: ["http/1.1"], ...this.#tls };
      peer = { connectOptions: this.#secure ? { ...tcp, ...tls } : tcp, idle: [] };
      this.#peers.set(key, peer);
    }
    return peer;
  }

  #open(peer: Peer): Connection {
    const connect = (received: (data: Buffer) => void): Socket => this.#connect(peer, received);
    const connection = new Connection(connect, peer.idle, () => this.#all.delete(connection));
    this.#all.add(connection);
    return connection;
  }

  #connect(peer: Peer, received: (data: Buffer) => void): Socket {
    const { connectOptions, session } = peer;
    const onread = {
      buffer: RECEIVED,
      callback: (length: number): boolean => {
        received(RECEIVED.subarray(0, length));
        return true;
      },
    };
    const options = { ...connectOptions, onread };
    if (!this.#secure) return netConnect(options as TcpNetConnectOpts);
    const socket = tlsConnect({ ...options, session });
    socket.on("session", (next: Buffer) => {
      peer.session = next;
    });
    socket.once("close", (failed: boolean) => {
      if (failed) peer.session = undefined;
    });
    return socket;
  }
}

function keptBy({ idle }: Peer): Connection | undefined {
  let kept = idle.pop();
  // The peer may have ended it just now.
  while (kept && !kept.socket.writable) kept = idle.pop();
  return kept;
}

/** One connection, serving a request or idle. */
class Connection {
  readonly socket: Socket;
  readonly #idle: Connection[];
  /** Undefined: it is idle, or over. */
  #exchange: Exchange | undefined;
  #reader = new AnswerReader();
  #requests = 0;
  /** Whether anything came of the answer. */
  #isAnswered = false;
  #used = true;

  /** `connect` makes the socket; what comes over it is told, and only there while it is. */
  constructor(connect: (received: (data: Buffer) => void) => Socket, idle: Connection[], left: () => void) {
    const socket = connect((data) => this.#data(data));
    this.socket = socket;
    this.#idle = idle;
    socket.on("end", () => this.#ended());
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => {
      left();
      const at = idle.indexOf(this);
      if (at >= 0) idle.splice(at, 1);
      this.#fail(broken());
    });
  }

  serve(exchange: Exchange): void {
    const { head, body } = exchange;
    this.#exchange = exchange;
    this.#reader = new AnswerReader();
    this.#isAnswered = false;
    this.#requests += 1;
    this.socket.ref();
    // One write, and so one packet and one call of the system, where it can be. ASCII is copied as it is.
    if (typeof body === "string") {
      const isAscii = Buffer.byteLength(body) === body.length;
      this.socket.write(head + body, isAscii ? "latin1" : "utf8");
    } else {
      this.socket.cork();
      this.socket.write(head);
      this.socket.write(body);
      this.socket.uncork();
    }
  }

  /** Gives a request up, if it is still under way. */
  end(exchange: Exchange): void {
    if (this.#exchange === exchange) this.socket.destroy();
  }

  /** Closes it if it is idle and wasn't used since the last look. */
  look(): void {
    if (!this.#exchange && !this.#used) this.socket.destroy();
    this.#used = false;
  }

  #data(data: Buffer): void {
    const exchange = this.#exchange;
    if (!exchange) {
      // What nobody asked for: it would be taken for the answer to the next request.
      this.socket.destroy();
      return;
    }
    this.#isAnswered = true;
    try {
      const read = this.#reader.push(data);
      if (read) this.#done(exchange, read.answer, read.reusable);
    } catch (error) {
      this.#fail(error);
    }
  }

  #ended(): void {
    const read = this.#reader.end();
    if (this.#exchange && read) this.#done(this.#exchange, read.answer, false);
    else this.#fail(broken());
  }

  #done(exchange: Exchange, answer: HttpAnswer, reusable: boolean): void {
    const { socket } = this;
    this.#exchange = undefined;
    this.#used = true;
    // An answer may come before the request is written whole.
    const whole = socket.writable && socket.writableLength === 0;
    if (!reusable || !whole || this.#idle.length >= MOST_IDLE) socket.destroy();
    else {
      // It mustn't keep the process from ending.
      socket.unref();
      this.#idle.push(this);
    }
    exchange.done(answer);
  }

  #fail(error: unknown): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.socket.destroy();
    exchange?.fail(error, this.#requests > 1 && !this.#isAnswered && isReset(error));
  }
}

/** The error of a connection that ends before the answer does. */
function broken(): Error {
  return Object.assign(new Error("the connection ended"), { code: "ECONNRESET" });
}

function isReset(error: unknown): boolean {
  return /^(ECONNRESET|EPIPE)$/.test(String((error as { readonly code?: unknown }).code));
}
