// A Slack of one's own on loopback, with its limits: a burst, then so many messages a second and channel, then 429.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A message as it stands in a channel. */
export interface SlackPost {
  readonly ts: string;
  readonly channel: string;
  readonly thread?: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Bodies of edits, oldest first. */
  readonly edits: Readonly<Record<string, unknown>>[];
}

/** A file that was uploaded and shared. */
export interface SlackFile {
  readonly title: string;
  readonly bytes: Uint8Array;
  readonly channel: string;
  readonly thread: string;
}

export interface FakeSlackOptions {
  readonly burst?: number;
  readonly perSecond?: number;
  /** What it tells to wait in 429, s; undefined leaves the header out. */
  readonly retryAfter?: number | undefined;
  /** ms. */
  readonly now: () => number;
  readonly token?: string;
  /** What the token may do; everything when not given. */
  readonly scopes?: readonly string[];
}

/** A running fake. */
export interface FakeSlack {
  /** For the option `server`. */
  readonly url: string;
  /** Address of an incoming webhook. */
  readonly webhook: string;
  readonly posts: readonly SlackPost[];
  readonly files: readonly SlackFile[];
  /** Requests that changed something, in order: `post`, `edit`, `upload`. */
  readonly calls: readonly string[];
  /** Requests refused by the limit. */
  readonly refused: number;
  /** When the last change was taken, ms. */
  readonly lastAt: number;
  /** Answers once with this in place of what it would, for each. */
  answerNext(...answers: readonly ((response: ServerResponse) => void)[]): void;
  close(): Promise<void>;
}

export async function startFakeSlack(options: FakeSlackOptions): Promise<FakeSlack> {
  const { burst = 5, perSecond = 1, now, token = "xoxb-test" } = options;
  const retryAfter = "retryAfter" in options ? options.retryAfter : 1;
  const posts: SlackPost[] = [];
  const files: SlackFile[] = [];
  const uploads = new Map<string, Buffer>();
  const calls: string[] = [];
  const scripted: ((response: ServerResponse) => void)[] = [];
  let refused = 0;
  let lastAt = 0;
  let tokens = burst;
  let at = now();

  const limited = (response: ServerResponse): boolean => {
    const time = now();
    tokens = Math.min(burst, tokens + ((time - at) / 1000) * perSecond);
    at = time;
    if (tokens >= 1 - 1e-3) {
      tokens -= 1;
      lastAt = time;
      return false;
    }
    refused += 1;
    const header = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
    answer(response, 429, { ok: false, error: "ratelimited" }, header);
    return true;
  };

  const handle = (path: string, request: IncomingMessage, raw: Buffer, response: ServerResponse): void => {
    const script = scripted.shift();
    if (script) {
      script(response);
      return;
    }
    if (path.startsWith("/upload/")) {
      uploads.set(path.slice("/upload/".length), raw);
      calls.push("upload");
      response.end(`OK - ${raw.length}`);
      return;
    }
    const form = request.headers["content-type"] === "application/x-www-form-urlencoded";
    const body: Record<string, unknown> = form
      ? Object.fromEntries(new URLSearchParams(raw.toString()))
      : JSON.parse(raw.toString() || "{}");
    if (path.startsWith("/services/")) {
      if (limited(response)) return;
      posts.push({ ts: `${posts.length + 1}`, channel: "webhook", body, edits: [] });
      calls.push("post");
      response.end("ok");
      return;
    }
    if (request.headers.authorization !== `Bearer ${token}`) {
      answer(response, 200, { ok: false, error: "invalid_auth" });
      return;
    }
    const method = path.replace("/api/", "");
    if (method.startsWith("files.") && options.scopes?.includes("files:write") === false) {
      const provided = options.scopes.join(",");
      answer(response, 200, { ok: false, error: "missing_scope", needed: "files:write", provided });
      return;
    }
    switch (method) {
      case "chat.postMessage": {
        if (limited(response)) return;
        const ts = `1700000000.${String(posts.length + 1).padStart(6, "0")}`;
        const thread = body["thread_ts"] === undefined ? {} : { thread: String(body["thread_ts"]) };
        posts.push({ ts, channel: String(body["channel"]), ...thread, body, edits: [] });
        calls.push("post");
        answer(response, 200, { ok: true, channel: body["channel"], ts });
        return;
      }
      case "chat.update": {
        if (limited(response)) return;
        const found = posts.find(({ ts, channel }) => ts === body["ts"] && channel === body["channel"]);
        if (!found) {
          answer(response, 200, { ok: false, error: "message_not_found" });
          return;
        }
        found.edits.push(body);
        calls.push("edit");
        answer(response, 200, { ok: true, channel: found.channel, ts: found.ts });
        return;
      }
      case "files.getUploadURLExternal":
        if (!form || !(Number(body["length"]) > 0) || !body["filename"]) {
          answer(response, 200, { ok: false, error: "invalid_arguments" });
          return;
        }
        uploads.set(`F${uploads.size + 1}`, Buffer.alloc(0));
        answer(response, 200, {
          ok: true,
          upload_url: `${base()}/upload/F${uploads.size}`,
          file_id: `F${uploads.size}`,
        });
        return;
      case "files.completeUploadExternal":
        for (const { id, title } of body["files"] as readonly {
          readonly id: string;
          readonly title: string;
        }[])
          files.push({
            title,
            bytes: uploads.get(id) ?? Buffer.alloc(0),
            channel: String(body["channel_id"]),
            thread: String(body["thread_ts"]),
          });
        calls.push(`file in ${String(body["thread_ts"])}`);
        answer(response, 200, { ok: true });
        return;
      default:
        answer(response, 200, { ok: false, error: "unknown_method" });
        return;
    }
  };

  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => handle(request.url ?? "/", request, Buffer.concat(chunks), response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: `${base()}/api`,
    webhook: `${base()}/services/T0/B0/secretpath`,
    posts,
    files,
    calls,
    get refused() {
      return refused;
    },
    get lastAt() {
      return lastAt;
    },
    answerNext: (...answers) => scripted.push(...answers),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}
