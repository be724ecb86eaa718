import { type ClientRequest, Agent as HttpAgent } from "node:http";
import { isIP, connect as netConnect, type Socket } from "node:net";
import { type ConnectionOptions, connect as tlsConnect } from "node:tls";

/** Idle connections to one place; what becomes idle beyond them is closed. */
export const MOST_IDLE = 256;
/** Pause before the system itself looks whether a silent peer is still there, ms; as Node's agents have it. */
const KEEP_ALIVE = 1000;

/** Where a request goes, of all that it tells its agent. */
interface Target {
  readonly host: string;
  readonly port: number | string;
}

/** What is known of a place. */
interface Place {
  readonly connectOptions: ConnectionOptions;
  /** Those that wait for a request, the last used one at the end. */
  readonly idle: Connection[];
  /** Of the last TLS connection: saves the next one half of its handshake. */
  session?: Buffer | undefined;
}

/**
 * An agent for `http.request` or `https.request` that hands a kept connection on at once. Node's own does a third of the work of
 * a small request for it: it builds a name of all options, sets the system's keep-alive again and passes the connection around
 * by events. Requests of one agent may differ in nothing but their host and port.
 *
 * It relies on what proxy agents rely on, the same in Node 20, 22 and 24: a request calls `addRequest` of its agent, looks at its
 * `protocol` and `defaultPort`, and takes its connection by `onSocket`; a connection emits `free` when its request is done with
 * it, and `agentRemove` when it is somebody else's from now on.
 */
export class KeptConnections extends HttpAgent {
  readonly protocol: "http:" | "https:";
  readonly defaultPort: number;
  readonly #tls: ConnectionOptions;
  readonly #places = new Map<string, Place>();
  readonly #all = new Set<Connection>();

  /** `tls`: further options of the connections, the same for all of them. */
  constructor(protocol: "http:" | "https:", tls: ConnectionOptions = {}) {
    // From this a request sees that its connection will be kept.
    super({ keepAlive: true });
    this.protocol = protocol;
    this.defaultPort = protocol === "https:" ? 443 : 80;
    this.#tls = tls;
  }

  /** Called by a request when it is made. */
  addRequest(request: ClientRequest, target: Target): void {
    const place = this.#placeOf(target);
    for (let kept = place.idle.pop(); kept; kept = place.idle.pop()) {
      // The peer may have ended it just now.
      if (!kept.socket.writable) continue;
      request.reusedSocket = true;
      kept.serve(request);
      return;
    }
    request.once("response", ({ headers }) => {
      if (isClosedSoon(headers["keep-alive"])) request.shouldKeepAlive = false;
    });
    this.#open(place).serve(request);
  }

  /** Closes idle connections that weren't used since this was called last. */
  closeUnused(): void {
    for (const connection of this.#all) connection.look();
  }

  /** Closes all connections, those under way too. */
  override destroy(): void {
    for (const { socket } of this.#all) socket.destroy();
  }

  #placeOf({ host, port }: Target): Place {
    const key = `${host}:${port}`;
    let place = this.#places.get(key);
    if (!place) {
      const tcp = {
        host,
        port: Number(port),
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: KEEP_ALIVE,
      };
      // An address isn't a name that a service could be asked for.
      const tls = { servername: isIP(host) ? "" : host, ALPNProtocols: ["http/1.1"], ...this.#tls };
      place = { connectOptions: this.protocol === "https:" ? { ...tcp, ...tls } : tcp, idle: [] };
      this.#places.set(key, place);
    }
    return place;
  }

  #open(place: Place): Connection {
    const connection = new Connection(this.#connect(place), place.idle, () => this.#all.delete(connection));
    this.#all.add(connection);
    return connection;
  }

  #connect(place: Place): Socket {
    const { connectOptions, session } = place;
    if (this.protocol === "http:") return netConnect(connectOptions as Parameters<typeof netConnect>[0]);
    const socket = tlsConnect({ ...connectOptions, session });
    socket.on("session", (next: Buffer) => {
      place.session = next;
    });
    socket.once("close", (failed: boolean) => {
      if (failed) place.session = undefined;
    });
    return socket;
  }
}

/** Whether a service says that it waits for the next request for a second at most (`timeout=1, max=100`): it would meet a closing connection. */
function isClosedSoon(keepAlive: string | readonly string[] | undefined): boolean {
  return /^timeout=[01]\b/.test(String(keepAlive ?? ""));
}

/** One connection, serving a request or idle. */
class Connection {
  readonly socket: Socket;
  readonly #idle: Connection[];
  /** Undefined: it is idle. */
  #request: ClientRequest | undefined;
  #used = true;

  constructor(socket: Socket, idle: Connection[], left: () => void) {
    this.socket = socket;
    this.#idle = idle;
    const leave = (): void => {
      left();
      const at = idle.indexOf(this);
      if (at >= 0) idle.splice(at, 1);
    };
    const free = (): void => this.#free();
    // What nobody asked for: it would be taken for the answer to the next request.
    const data = (): void => void (this.#request ?? socket.destroy());
    // It fails its request, if it has one; `close` follows.
    const error = (): void => undefined;
    socket.on("free", free).on("data", data).on("error", error).on("close", leave);
    socket.once("agentRemove", () => {
      leave();
      socket.off("free", free).off("data", data).off("error", error).off("close", leave);
    });
  }

  serve(request: ClientRequest): void {
    this.#request = request;
    this.socket.ref();
    request.onSocket(this.socket);
  }

  /** Closes it if it is idle and wasn't used since the last look. */
  look(): void {
    if (!this.#request && !this.#used) this.socket.destroy();
    this.#used = false;
  }

  #free(): void {
    const request = this.#request;
    const { socket } = this;
    // A request that was given up before it began to be written frees its connection as well.
    const whole = request?.writableFinished === true && request.shouldKeepAlive && socket.writable;
    if (!whole || this.#idle.length >= MOST_IDLE) {
      socket.destroy();
      return;
    }
    this.#request = undefined;
    this.#used = true;
    // It mustn't keep the process from ending.
    socket.unref();
    this.#idle.push(this);
  }
}
