import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A message as it stands in the channel. */
export interface PretendMessage {
  readonly id: string;
  /** The message that it answers to. */
  readonly thread: string | undefined;
  text: string;
  edits: number;
}

/** A file that was shared in a thread. */
export interface PretendFile {
  readonly name: string;
  readonly bytes: number;
  readonly thread: string;
}

/** As much of Slack as a demo needs, on loopback: posts, edits, threads, files. */
export interface PretendSlack {
  /** For a channel's option `server`. */
  readonly url: string;
  readonly messages: readonly PretendMessage[];
  readonly files: readonly PretendFile[];
  close(): Promise<void>;
}

/** Starts one. It takes any token. */
export async function startPretendSlack(): Promise<PretendSlack> {
  const messages: PretendMessage[] = [];
  const files: PretendFile[] = [];
  const uploads: { readonly name: string; bytes: number }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const path = request.url ?? "";
      const raw = Buffer.concat(chunks);
      const upload = uploads[Number(/\/upload\/(\d+)$/.exec(path)?.[1] ?? -1)];
      if (upload) {
        upload.bytes = raw.length;
        response.end("OK");
      } else answer(path, bodyOf(raw, request.headers["content-type"]), response);
    });
  });
  const answer = (path: string, body: Readonly<Record<string, unknown>>, response: ServerResponse): void => {
    const text = shown(String(body["text"]));
    let result: Readonly<Record<string, unknown>> = { ok: false, error: "unknown_method" };
    if (path.endsWith("/chat.postMessage")) {
      const thread = body["thread_ts"] === undefined ? undefined : String(body["thread_ts"]);
      const id = `1700000000.${String(messages.length + 1).padStart(6, "0")}`;
      messages.push({ id, thread, text, edits: 0 });
      result = { ok: true, channel: body["channel"], ts: id };
    } else if (path.endsWith("/chat.update")) {
      const found = messages.find(({ id }) => id === body["ts"]);
      result = found
        ? { ok: true, channel: body["channel"], ts: found.id }
        : { ok: false, error: "message_not_found" };
      if (found) {
        found.text = text;
        found.edits += 1;
      }
    } else if (path.endsWith("/files.getUploadURLExternal")) {
      const id = uploads.push({ name: String(body["filename"]), bytes: 0 }) - 1;
      result = { ok: true, file_id: String(id), upload_url: `${address()}/upload/${id}` };
    } else if (path.endsWith("/files.completeUploadExternal")) {
      for (const { id } of body["files"] as readonly { readonly id: string }[])
        files.push({ name: "", bytes: 0, ...uploads[Number(id)], thread: String(body["thread_ts"]) });
      result = { ok: true };
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(result));
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${address()}/api`,
    messages,
    files,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What a method is called with: JSON, or a form. */
function bodyOf(raw: Buffer, type = ""): Readonly<Record<string, unknown>> {
  if (type.startsWith("application/x-www-form-urlencoded"))
    return Object.fromEntries(new URLSearchParams(raw.toString()));
  return JSON.parse(raw.toString() || "{}") as Readonly<Record<string, unknown>>;
}

/** Slack's escapes as people see them. */
function shown(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
