// Checks judged by blackbox_exporter itself, where its program is installed (Debian: prometheus-blackbox-exporter; another place
// is named by BLACKBOX_EXPORTER): the same endpoint and the same wishes must end in the same verdict.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCheck } from "../../src/checks/run-check.ts";
import type { CheckSpec } from "../../src/model/check.ts";
import { ManualClock } from "../../src/support/clock.ts";
import {
  closedPort,
  type Endpoint,
  httpEndpoint,
  httpsEndpoint,
  nameServer,
  pem,
  tcpEndpoint,
} from "../support/check-endpoints.ts";

const BLACKBOX = process.env["BLACKBOX_EXPORTER"] ?? "/usr/bin/prometheus-blackbox-exporter";

interface World {
  readonly web: Endpoint;
  readonly secure: Endpoint;
  readonly expired: Endpoint;
  readonly foreign: Endpoint;
  readonly mail: Endpoint;
  readonly silent: Endpoint;
  readonly names: Pick<Endpoint, "port" | "close">;
  readonly closed: number;
}

/** One question in both words: ours, and a module of blackbox_exporter with its target. */
interface Question {
  readonly ours: (world: World) => CheckSpec;
  readonly module: (world: World) => object;
  readonly target: (world: World) => string;
}

const local = (port: number, path = "/"): string => `http://127.0.0.1:${port}${path}`;
const httpModule =
  (http: object = {}) =>
  () => ({ prober: "http", timeout: "1s", http });

function web(path: string, ours: object = {}, theirs: object = {}): Question {
  return {
    ours: (world) => ({ kind: "http", url: local(world.web.port, path), timeoutSeconds: 1, ...ours }),
    module: httpModule(theirs),
    target: (world) => local(world.web.port, path),
  };
}

function https(which: "secure" | "expired" | "foreign", ours: object = {}, insecure = false): Question {
  const url = (world: World) => `https://localhost:${world[which].port}/`;
  return {
    ours: (world) => ({ kind: "http", url: url(world), timeoutSeconds: 1, ...ours }),
    module: () => ({
      prober: "http",
      timeout: "1s",
      http: {
        preferred_ip_protocol: "ip4",
        tls_config: insecure ? { insecure_skip_verify: true } : { ca_file: "authority.pem" },
      },
    }),
    target: url,
  };
}

function tcp(which: "mail" | "closed" | "silent", ours: object = {}, theirs: object = {}): Question {
  const port = (world: World): number => (which === "closed" ? world.closed : world[which].port);
  return {
    ours: (world) => ({ kind: "tcp", host: "127.0.0.1", port: port(world), timeoutSeconds: 1, ...ours }),
    module: () => ({ prober: "tcp", timeout: "1s", tcp: theirs }),
    target: (world) => `127.0.0.1:${port(world)}`,
  };
}

function dns(name: string, expect?: string): Question {
  return {
    ours: ({ names }) => ({
      kind: "dns",
      name,
      type: "A",
      server: `127.0.0.1:${names.port}`,
      timeoutSeconds: 1,
      ...(expect !== undefined && { expect: [expect] }),
    }),
    module: () => ({
      prober: "dns",
      timeout: "1s",
      dns: {
        query_name: name,
        query_type: "A",
        validate_answer_rrs: { fail_if_none_matches_regexp: [`.*\\sA\\s${expect ?? ".*"}$`] },
      },
    }),
    target: ({ names }) => `127.0.0.1:${names.port}`,
  };
}

/** blackbox_exporter finds 2xx good by default, we 200 to 399: asked for alike. */
const GOOD = { statuses: [{ from: 200, to: 299 }] };

const QUESTIONS = {
  "a good page": web("/", GOOD),
  "a page that fails": web("/500", GOOD),
  "a status that is asked for": web("/500", { statuses: [500] }, { valid_status_codes: [500] }),
  "text that is there": web("/", { matches: "we+ll" }, { fail_if_body_not_matches_regexp: ["we+ll"] }),
  "text that is missing": web("/", { matches: "^ill" }, { fail_if_body_not_matches_regexp: ["^ill"] }),
  "redirects followed": web("/redirect/9", GOOD),
  "ten redirects": web("/redirect/10", GOOD),
  "eleven redirects": web("/redirect/11", GOOD),
  "redirects without end": web("/circle", GOOD),
  "redirects not followed": web(
    "/redirect/1",
    { ...GOOD, followRedirects: false },
    { follow_redirects: false },
  ),
  "a redirect that is asked for": web(
    "/redirect/1",
    { statuses: [302], followRedirects: false },
    { valid_status_codes: [302], follow_redirects: false },
  ),
  "a POST with a body": web(
    "/echo",
    { method: "POST", body: "pong", contains: "pong" },
    { method: "POST", body: "pong", fail_if_body_not_matches_regexp: ["pong"] },
  ),
  "a header": web("/header", { ...GOOD, headers: { "X-Token": "t" } }, { headers: { "X-Token": "t" } }),
  "a page that never ends": web("/slow", { contains: "x" }, { fail_if_body_not_matches_regexp: ["x"] }),
  "a body that breaks off": web("/half", { contains: "half" }, { fail_if_body_not_matches_regexp: ["half"] }),
  "a good certificate": https("secure"),
  "an expired certificate": https("expired"),
  "a certificate for another name": https("foreign"),
  "any certificate": https("expired", { verifyCertificate: false }, true),
  "a port that listens": tcp("mail"),
  "a port that doesn't": tcp("closed"),
  "a greeting": tcp("mail", { expect: "ESMTP" }, { query_response: [{ expect: "ESMTP" }] }),
  "a greeting that doesn't come": tcp(
    "silent",
    { expect: "ESMTP" },
    { query_response: [{ expect: "ESMTP" }] },
  ),
  "a name": dns("shop.example"),
  "a name with its address": dns("shop.example", "10.0.0.1"),
  "a name with another address": dns("shop.example", "10.0.0.9"),
  "a name that isn't there": dns("nobody.example"),
  "a name whose server fails": dns("broken.example"),
} satisfies Readonly<Record<string, Question>>;

describe.skipIf(!existsSync(BLACKBOX))(`verdicts are those of blackbox_exporter (${BLACKBOX})`, () => {
  let world: World;
  let folder: string;
  let exporter: ChildProcess;
  let port: number;

  beforeAll(async () => {
    const page = (_: unknown, response: { end(text: string): void }): void => response.end("all is well");
    world = {
      web: await httpEndpoint(site),
      secure: await httpsEndpoint("valid", page),
      expired: await httpsEndpoint("expired", page),
      foreign: await httpsEndpoint("other-name", page),
      mail: await tcpEndpoint((socket) => socket.write("220 mail.example ESMTP\r\n")),
      silent: await tcpEndpoint((socket) => socket.resume()),
      names: await nameServer({
        "A shop.example": { records: [Buffer.from([10, 0, 0, 1]), Buffer.from([10, 0, 0, 2])] },
        "A broken.example": { rcode: 2 },
      }),
      closed: await closedPort(),
    };
    folder = mkdtempSync(join(tmpdir(), "watchkeeper-blackbox-"));
    writeFileSync(join(folder, "authority.pem"), pem("authority"));
    const modules = Object.entries<Question>(QUESTIONS).map(([name, question]) => [
      name,
      question.module(world),
    ]);
    writeFileSync(join(folder, "blackbox.json"), JSON.stringify({ modules: Object.fromEntries(modules) }));
    port = await closedPort();
    exporter = spawn(BLACKBOX, ["--config.file=blackbox.json", `--web.listen-address=127.0.0.1:${port}`], {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    await new Promise<void>((resolve, reject) => {
      let log = "";
      exporter.stderr?.on("data", (text) => {
        log += text;
        if (/Listening on/.test(log)) resolve();
      });
      exporter.once("exit", () => reject(new Error(log)));
    });
  });

  afterAll(async () => {
    exporter.kill();
    const { closed: _, ...endpoints } = world;
    await Promise.all(Object.values(endpoints).map((endpoint) => endpoint.close()));
    rmSync(folder, { recursive: true });
  });

  it.concurrent.each(Object.entries<Question>(QUESTIONS))("%s", async (name, { ours, target }) => {
    const query = new URLSearchParams({ module: name, target: target(world) });
    const [metrics, result] = await Promise.all([
      fetch(`http://127.0.0.1:${port}/probe?${query}`).then((response) => response.text()),
      runCheck(ours(world), {
        clock: new ManualClock(new Date("2026-06-01T00:00:00Z")),
        signal: new AbortController().signal,
        authorities: [pem("authority")],
      }),
    ]);
    const theirs = /^probe_success (\d)$/m.exec(metrics)?.[1];
    expect({ success: result.success, reason: result.reason }).toEqual({
      success: theirs === "1",
      reason: result.reason,
    });
  });
});

/** A site with a page for each question. */
const site: Parameters<typeof httpEndpoint>[0] = (request, response) => {
  const path = request.url ?? "";
  const left = Number(/^\/redirect\/(\d+)/.exec(path)?.[1] ?? 0);
  if (left > 0) response.writeHead(302, { location: left === 1 ? "/" : `/redirect/${left - 1}` }).end();
  else if (path === "/circle") response.writeHead(302, { location: "/circle" }).end();
  else if (path === "/500") response.writeHead(500).end("broken");
  else if (path === "/echo") request.pipe(response);
  else if (path === "/header") response.writeHead(request.headers["x-token"] === "t" ? 200 : 401).end();
  else if (path === "/slow") response.write("x");
  else if (path === "/half") {
    response.writeHead(200, { "content-length": 100 });
    response.write("half", () => response.destroy());
  } else response.end("all is well");
};
