/** More of an answer's body than this isn't read, bytes. */
export const MOST_OF_ANSWER = 64 * 1024;
/** Longest head of an answer, and longest trailer; as Node's own client has it. Bytes. */
const MOST_OF_HEAD = 16 * 1024;
/** Longest line that says how long a chunk is. */
const MOST_OF_SIZE = 256;

const END_OF_HEAD = "\r\n\r\n";
const STATUS = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: |$)/;
const NAME = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/;
const NO_VALUE = /[\0\r\n]/;

/** What a service answered, whatever its status. */
export interface HttpAnswer {
  readonly status: number;
  /** By their names in lower case; those that came several times are joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
  /** At most the first 64 KiB. */
  readonly body: string;
}

/** A whole answer. */
export interface ReadAnswer {
  readonly answer: HttpAnswer;
  /** Whether the connection can take the next request. */
  readonly reusable: boolean;
}

/** Why something isn't an answer. */
export class AnswerFault extends Error {}

/** How the end of a body is known. */
type Framing =
  | { readonly by: "length"; readonly length: number }
  | { readonly by: "chunks" }
  /** The end of the connection. */
  | { readonly by: "close" };

interface Head {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly framing: Framing;
  readonly persistent: boolean;
}

/**
 * Reads one answer to a POST, PUT or GET from a connection (RFC 9112). What is ambiguous, or isn't HTTP/1, is a fault: such a connection is
 * closed. Node's own client makes objects and streams of each request and answer: with it a flood of alarms takes a sixth more
 * processor time.
 */
export class AnswerReader {
  #held: Buffer = Buffer.alloc(0);
  #head: Head | undefined;
  readonly #body: Buffer[] = [];
  #length = 0;
  /** Of the chunk that is being read, with the line break behind it; undefined: its size comes next. */
  #chunkLeft: number | undefined;
  #inTrailer = false;

  /** Takes what came, which may be changed afterwards; the answer, once it is complete. Throws an `AnswerFault`. */
  push(data: Buffer): ReadAnswer | undefined {
    this.#held = this.#held.length === 0 ? data : Buffer.concat([this.#held, data]);
    const before = this.#body.length;
    const read = this.#read();
    if (!read) {
      this.#held = Buffer.from(this.#held);
      for (let at = before; at < this.#body.length; at += 1)
        this.#body[at] = Buffer.from(this.#body[at] as Buffer);
    }
    return read;
  }

  #read(): ReadAnswer | undefined {
    while (!this.#head) {
      const head = this.#takeHead();
      if (!head) return undefined;
      // Of what comes before the answer itself (100 Continue, 103 Early Hints) nothing is needed.
      if (head.status >= 200) this.#head = head;
    }
    const { framing } = this.#head;
    if (framing.by === "chunks") return this.#takeChunks() ? this.#finish(this.#head) : undefined;
    const most = framing.by === "length" ? Math.min(framing.length, MOST_OF_ANSWER) : MOST_OF_ANSWER;
    this.#takeBody(most - this.#length);
    return this.#length === most ? this.#finish(this.#head) : undefined;
  }

  /** The connection has ended: the answer, if that was its end. */
  end(): ReadAnswer | undefined {
    return this.#head?.framing.by === "close" ? this.#finish(this.#head) : undefined;
  }

  #takeHead(): Head | undefined {
    const end = this.#held.indexOf(END_OF_HEAD);
    const text = this.#held.toString("latin1", 0, end < 0 ? Math.min(this.#held.length, MOST_OF_HEAD) : end);
    if (!text.startsWith("HTTP/1.".slice(0, text.length)))
      throw new AnswerFault("it doesn't begin as HTTP/1");
    if (end > MOST_OF_HEAD || (end < 0 && this.#held.length > MOST_OF_HEAD))
      throw new AnswerFault("its headers are too long");
    if (end < 0 && /[^\r]\n/.test(text)) throw new AnswerFault("its lines don't end as they must");
    if (end < 0) return undefined;
    this.#held = this.#held.subarray(end + END_OF_HEAD.length);
    return headOf(text);
  }

  /** Takes up to so many bytes of body. */
  #takeBody(most: number): void {
    const part = this.#held.subarray(0, most);
    this.#held = this.#held.subarray(part.length);
    this.#body.push(part);
    this.#length += part.length;
  }

  /** Whether the body is complete, or as much as is read of it. */
  #takeChunks(): boolean {
    for (;;) {
      if (this.#length >= MOST_OF_ANSWER) return true;
      if (this.#inTrailer) {
        const line = this.#takeLine(MOST_OF_HEAD);
        if (line === undefined || line === "") return line === "";
      } else if (this.#chunkLeft === undefined) {
        const line = this.#takeLine(MOST_OF_SIZE);
        if (line === undefined) return false;
        const size = /^([\da-f]{1,8})[ \t]*(?:;.*)?$/i.exec(line)?.[1];
        if (size === undefined) throw new AnswerFault("its chunks have no length");
        this.#chunkLeft = Number.parseInt(size, 16);
        this.#inTrailer = this.#chunkLeft === 0;
      } else if (this.#chunkLeft > 0) {
        if (this.#held.length === 0) return false;
        const before = this.#length;
        this.#takeBody(this.#chunkLeft);
        this.#chunkLeft -= this.#length - before;
      } else {
        const line = this.#takeLine(MOST_OF_SIZE);
        if (line === undefined) return false;
        if (line !== "") throw new AnswerFault("a chunk is longer than it says");
        this.#chunkLeft = undefined;
      }
    }
  }

  #takeLine(longest: number): string | undefined {
    const end = this.#held.indexOf("\r\n");
    if (end > longest || (end < 0 && this.#held.length > longest))
      throw new AnswerFault("it has a line that is too long");
    if (end < 0) return undefined;
    const line = this.#held.toString("latin1", 0, end);
    this.#held = this.#held.subarray(end + 2);
    return line;
  }

  #finish({ status, headers, framing, persistent }: Head): ReadAnswer {
    const whole =
      framing.by === "length"
        ? this.#length === framing.length
        : framing.by === "chunks" && this.#length < MOST_OF_ANSWER;
    const [only] = this.#body;
    const body = this.#body.length === 1 && only ? only : Buffer.concat(this.#body);
    return {
      answer: { status, headers, body: body.toString("utf8", 0, Math.min(body.length, MOST_OF_ANSWER)) },
      // What is behind it nobody asked for.
      reusable: persistent && whole && this.#held.length === 0,
    };
  }
}

function headOf(text: string): Head {
  const [first = "", ...lines] = text.split("\r\n");
  const start = STATUS.exec(first);
  if (!start) throw new AnswerFault("it has no status");
  const status = Number(start[2]);
  // It would be spoken to in another protocol from here on, which nobody asked for.
  if (status === 101) throw new AnswerFault("it switches protocols");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    const given = line.slice(0, Math.max(0, colon));
    if (!NAME.test(given) || NO_VALUE.test(line)) throw new AnswerFault("it has a header that is none");
    const name = given.toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return {
    status,
    headers,
    framing: framingOf(status, headers),
    persistent: isKept(start[1] === "1", headers),
  };
}

function framingOf(status: number, headers: ReadonlyMap<string, string>): Framing {
  const encoding = headers.get("transfer-encoding");
  const length = headers.get("content-length");
  if (status < 200 || status === 204 || status === 304) return { by: "length", length: 0 };
  if (encoding !== undefined && length !== undefined) throw new AnswerFault("it gives its length twice");
  if (encoding?.toLowerCase() === "chunked") return { by: "chunks" };
  if (encoding !== undefined) throw new AnswerFault("it is encoded as nobody asked for");
  if (length === undefined) return { by: "close" };
  if (!/^\d{1,15}$/.test(length)) throw new AnswerFault("its length is no number");
  return { by: "length", length: Number(length) };
}

/** Whether the service keeps the connection; for a second at most is as good as not. */
function isKept(isNew: boolean, headers: ReadonlyMap<string, string>): boolean {
  const connection = headers.get("connection");
  const keepAlive = headers.get("keep-alive");
  if (connection !== undefined && /\bclose\b/i.test(connection)) return false;
  return isNew && !(keepAlive !== undefined && /\btimeout=[01]\b/i.test(keepAlive));
}
