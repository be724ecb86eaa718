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

/** As much of Slack as a demo needs, on loopback: posts, edits, threads. */
export interface PretendSlack {
  /** For a channel's option `server`. */
  readonly url: string;
  readonly messages: readonly PretendMessage[];
  close(): Promise<void>;
}

/** Starts one. It takes any token. */
export async function startPretendSlack(): Promise<PretendSlack> {
  const messages: PretendMessage[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString() || "{}") as Readonly<Record<string, unknown>>;
      answer(request.url ?? "", body, response);
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
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(result));
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api`,
    messages,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Slack's escapes as people see them. */
function shown(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
