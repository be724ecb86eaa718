import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";

/** An answer that a proxy may change: of which operation, and its parsed JSON. */
export type Tamper = (operation: string, answer: Record<string, unknown>) => void;

/** A proxy between clients and a local cloud, as an AWS of another version might be. */
export interface Proxy {
  readonly endpoint: string;
  /** Parsed bodies of requests so far, by operation, in their order. */
  readonly seen: readonly { readonly operation: string; readonly body: Record<string, unknown> }[];
  close(): Promise<void>;
}

/** Starts one on a free port. Only CloudWatch's JSON is looked at; everything else passes as it is. */
export async function startProxy(target: string, tamper: Tamper): Promise<Proxy> {
  const { hostname, port } = new URL(target);
  const seen: { operation: string; body: Record<string, unknown> }[] = [];
  const server = createServer((incoming, outgoing) => {
    const sent: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => sent.push(chunk));
    incoming.on("end", () => {
      const operation = /^GraniteServiceVersion\d+\.(\w+)$/.exec(
        String(incoming.headers["x-amz-target"]),
      )?.[1];
      const body = Buffer.concat(sent);
      if (operation !== undefined) seen.push({ operation, body: JSON.parse(body.toString("utf8")) });
      const { method, url, headers } = incoming;
      const forwarded = httpRequest({ hostname, port, method, path: url, headers }, (answer) => {
        const received: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => received.push(chunk));
        answer.on("end", () => {
          let bytes = Buffer.concat(received);
          if (operation !== undefined && answer.statusCode === 200 && bytes.length > 0) {
            const parsed = JSON.parse(bytes.toString("utf8")) as Record<string, unknown>;
            tamper(operation, parsed);
            bytes = Buffer.from(JSON.stringify(parsed));
          }
          outgoing.writeHead(answer.statusCode ?? 500, { ...answer.headers, "content-length": bytes.length });
          outgoing.end(bytes);
        });
      });
      forwarded.on("error", () => outgoing.destroy());
      forwarded.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
