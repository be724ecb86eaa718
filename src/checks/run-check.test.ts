import { afterEach, describe, expect, it } from "vitest";
import {
  closedPort,
  dnsName,
  type Endpoint,
  httpEndpoint,
  httpsEndpoint,
  nameServer,
  pem,
  tcpEndpoint,
} from "../../test/support/check-endpoints.ts";
import type { CheckSpec, HttpCheck } from "../model/check.ts";
import { ManualClock } from "../support/clock.ts";
import { runCheck } from "./run-check.ts";

const open: Pick<Endpoint, "close">[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((endpoint) => endpoint.close()));
});

async function at<E extends Pick<Endpoint, "close">>(starting: Promise<E>): Promise<E> {
  const endpoint = await starting;
  open.push(endpoint);
  return endpoint;
}

const context = {
  clock: new ManualClock("2026-06-01T00:00:00Z"),
  signal: new AbortController().signal,
  authorities: [pem("authority")],
};

function http(port: number, more: Partial<HttpCheck> = {}): HttpCheck {
  return { kind: "http", url: `http://127.0.0.1:${port}/`, timeoutSeconds: 5, ...more };
}

const run = (spec: CheckSpec) => runCheck(spec, context);

describe("http", () => {
  it("tells status, phases, address and the beginning of the body", async () => {
    const { port } = await at(httpEndpoint((_, response) => response.end("all\nis\u0007 well")));
    const result = await run(http(port));
    expect(result).toMatchObject({
      success: true,
      reason: { code: "ok", text: "status 200" },
      details: {
        status: 200,
        url: `http://127.0.0.1:${port}/`,
        redirects: 0,
        bodyBytes: 12,
        excerpt: "all is well",
        remoteAddress: `127.0.0.1:${port}`,
      },
    });
    expect(Object.keys(result.phases)).toEqual(["connect", "firstByte", "transfer"]);
    const sum = Object.values(result.phases).reduce((a, b) => a + b, 0);
    expect(result.totalMs).toBeGreaterThanOrEqual(sum);
  });

  it("times the resolving of names", async () => {
    const { port } = await at(httpEndpoint((_, response) => response.end()));
    const { phases } = await run(http(port, { url: `http://localhost:${port}` }));
    expect(Object.keys(phases)).toEqual(["dns", "connect", "firstByte", "transfer"]);
  });

  it("sends what it is told to, and no more headers than a client must", async () => {
    const seen: unknown[] = [];
    const { port } = await at(
      httpEndpoint(async (request, response) => {
        let body = "";
        for await (const chunk of request) body += chunk;
        seen.push(request.method, request.headers, body);
        response.end();
      }),
    );
    const url = `http://me:s%C3%A9cret@127.0.0.1:${port}/a?b=c`;
    const result = await run(
      http(port, { url, method: "post", headers: { Host: "shop.example", "X-Probe": "1" }, body: "héllo" }),
    );
    expect(seen).toEqual([
      "POST",
      {
        host: "shop.example",
        "x-probe": "1",
        "user-agent": "watchkeeper",
        accept: "*/*",
        "accept-encoding": "identity",
        connection: "close",
        "content-length": "6",
        authorization: `Basic ${Buffer.from("me:sécret").toString("base64")}`,
      },
      "héllo",
    ]);
    expect(result.details.url).toBe(`http://127.0.0.1:${port}/a?b=c`);
  });

  it("judges the status first, then the body", async () => {
    const { port } = await at(
      httpEndpoint((request, response) => {
        response.writeHead(request.url === "/down" ? 503 : 200, { "content-type": "text/html" });
        response.end("<h1>Service Unavailable</h1>");
      }),
    );
    const url = `http://127.0.0.1:${port}/down`;
    expect((await run(http(port, { url, contains: "nothing" }))).reason).toEqual({
      code: "status",
      text: "status 503, wanted 200 to 399",
    });
    expect((await run(http(port, { url, statuses: [200, { from: 500, to: 599 }] }))).success).toBe(true);
    expect((await run(http(port, { contains: "well" }))).reason).toEqual({
      code: "body",
      text: '"well" is not in the body',
    });
    expect((await run(http(port, { contains: "Unavailable", matches: "^<h1>.*</h1>$" }))).success).toBe(true);
    expect((await run(http(port, { matches: "^Service" }))).reason.code).toBe("body");
  });

  it("follows redirects, on paths and to other origins, without handing secrets on", async () => {
    const heard: unknown[] = [];
    const second = await at(
      httpEndpoint((request, response) => {
        heard.push([request.method, request.headers["authorization"], request.headers["accept-language"]]);
        response.end("here");
      }),
    );
    const first = await at(
      httpEndpoint((request, response) => {
        heard.push([request.method, request.headers["authorization"]]);
        const location = request.url === "/" ? "/next" : `http://127.0.0.1:${second.port}/end`;
        response.writeHead(request.url === "/" ? 307 : 302, { location }).end();
      }),
    );
    const result = await run(
      http(first.port, {
        method: "POST",
        body: "x",
        headers: { authorization: "Bearer t", "accept-language": "en" },
        contains: "here",
      }),
    );
    expect(result.details).toMatchObject({ redirects: 2, url: `http://127.0.0.1:${second.port}/end` });
    expect(heard).toEqual([
      ["POST", "Bearer t"],
      ["POST", "Bearer t"],
      ["GET", undefined, "en"],
    ]);
    const stayed = await run(http(first.port, { followRedirects: false, statuses: [307] }));
    expect(stayed.success).toBe(true);
  });

  it("tells circles, long ways and redirects that lead nowhere", async () => {
    const { port } = await at(
      httpEndpoint(({ url = "" }, response) => {
        const n = Number(url.slice(2));
        const location =
          url === "/a" ? "/b" : url === "/b" ? "/a" : url === "/mail" ? "mailto:a@b.example" : `/n${n + 1}`;
        response.writeHead(301, { location }).end();
      }),
    );
    const reasonAt = async (path: string) =>
      (await run(http(port, { url: `http://127.0.0.1:${port}${path}` }))).reason;
    expect(await reasonAt("/a")).toMatchObject({
      code: "too-many-redirects",
      text: expect.stringContaining("circle"),
    });
    expect(await reasonAt("/n1")).toMatchObject({
      code: "too-many-redirects",
      text: expect.stringMatching(/10 redirects.*n12/),
    });
    expect(await reasonAt("/mail")).toMatchObject({ code: "bad-redirect" });
  });

  it("reads the first megabyte of a body without end", async () => {
    const { port } = await at(
      httpEndpoint((_, response) => {
        const chunk = "x".repeat(65_536);
        const more = (): void => {
          while (!response.destroyed && response.write(chunk));
          if (!response.destroyed) response.once("drain", more);
        };
        more();
      }),
    );
    const result = await run(http(port, { contains: "y" }));
    expect(result.reason).toEqual({
      code: "body",
      text: '"y" is not in the part of the body that was read, its first MB',
    });
    expect(result.details).toMatchObject({ bodyBytes: 1_048_576, bodyCut: true });
    expect(result.details.excerpt?.length).toBe(200);
  });

  it("cuts off a body that trickles, and an endpoint that says nothing", async () => {
    const slow = await at(
      httpEndpoint((_, response) => {
        response.writeHead(200);
        response.write("be");
      }),
    );
    const silent = await at(tcpEndpoint((socket) => socket.resume()));
    const trickle = await run(http(slow.port, { timeoutSeconds: 0.05 }));
    expect(trickle).toMatchObject({
      reason: { code: "timeout", text: "no answer within 0.05 s while reading the answer" },
      details: { phase: "transfer", status: 200 },
    });
    const silence = await run(http(silent.port, { timeoutSeconds: 0.05 }));
    expect(silence).toMatchObject({ reason: { code: "timeout" }, details: { phase: "firstByte" } });
  });

  it("tells refused, reset, broken and foreign answers apart", async () => {
    const refused = await run(http(await closedPort()));
    expect(refused).toMatchObject({ reason: { code: "connection-refused" }, details: { phase: "connect" } });
    const reset = await at(tcpEndpoint((socket) => socket.once("data", () => socket.resetAndDestroy())));
    expect((await run(http(reset.port))).reason.code).toBe("connection-reset");
    const silent = await at(tcpEndpoint((socket) => socket.once("data", () => socket.end())));
    expect((await run(http(silent.port))).reason.code).toBe("connection-reset");
    const ssh = await at(tcpEndpoint((socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n")));
    expect((await run(http(ssh.port))).reason.code).toBe("protocol");
    const broken = await at(
      tcpEndpoint((socket) =>
        socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")),
      ),
    );
    expect((await run(http(broken.port))).reason.code).toBe("body-incomplete");
    const switching = await at(
      tcpEndpoint((socket) =>
        socket.once("data", () =>
          socket.end("HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
        ),
      ),
    );
    expect((await run(http(switching.port))).success).toBe(false);
    expect((await run(http(80, { url: "http://no-such-host.invalid/" }))).reason.code).toMatch(
      /^(no-such-host|dns-failed)$/,
    );
  });

  it.each<[string, Partial<HttpCheck>]>([
    ["a URL that is none", { url: "shop.example" }],
    ["another scheme", { url: "ftp://shop.example" }],
    ["a pattern that is none", { matches: "(" }],
    ["a header that can't be", { headers: { "bad header": "x" } }],
    ["a place to connect to that is none", { connectTo: "a:b:c" }],
    ["a port that can't be", { connectTo: "127.0.0.1:99999" }],
  ])("says so when the check itself is wrong: %s", async (_, more) => {
    const { port } = await at(httpEndpoint((_request, response) => response.end()));
    expect((await run(http(port, more))).reason.code).toBe("bad-check");
  });

  it("connects to another place than the URL's, and back to the URL's own after a redirect elsewhere", async () => {
    const { port } = await at(httpEndpoint((request, response) => response.end(request.headers.host)));
    const result = await run(
      http(port, { url: "http://shop.example/", connectTo: `127.0.0.1:${port}`, contains: "shop.example" }),
    );
    expect(result.success).toBe(true);
  });

  it("leaves no connection open, whatever happens", async () => {
    const endpoints = await Promise.all([
      at(httpEndpoint((_, response) => response.end("x"))),
      at(tcpEndpoint((socket) => socket.resume())),
      at(httpEndpoint((_, response) => void response.write("x"))),
    ]);
    const gone = new AbortController();
    const checks = endpoints.map(({ port }) => run(http(port, { timeoutSeconds: 0.1 })));
    checks.push(runCheck(http(endpoints[1].port), { ...context, signal: gone.signal }));
    gone.abort();
    const results = await Promise.all(checks);
    expect(results.at(-1)?.reason).toEqual({ code: "aborted", text: "the check was given up" });
    await expect.poll(() => endpoints.map((endpoint) => endpoint.open())).toEqual([0, 0, 0]);
  });
});

describe("tls", () => {
  const answer = (_: unknown, response: { end(text: string): void }) => response.end("secret");

  it("tells the certificate and judges it before anything is sent", async () => {
    let asked = 0;
    const { port } = await at(
      httpsEndpoint("valid", (_, response) => {
        asked += 1;
        response.end("secret");
      }),
    );
    const url = `https://localhost:${port}/`;
    const result = await run(http(port, { url, contains: "secret" }));
    expect(result).toMatchObject({
      success: true,
      details: {
        tlsVersion: "TLSv1.3",
        certificateSubject: "localhost",
        certificateExpires: Date.parse("2120-01-01T00:00:00Z"),
      },
    });
    expect(Object.keys(result.phases)).toEqual(["dns", "connect", "tls", "firstByte", "transfer"]);
    const untrusted = await runCheck(http(port, { url }), { clock: context.clock, signal: context.signal });
    expect(untrusted).toMatchObject({
      reason: { code: "certificate-untrusted" },
      details: { phase: "tls", certificateSubject: "localhost" },
    });
    expect(asked).toBe(1);
  });

  it.each([
    ["expired", "certificate-expired"],
    ["other-name", "certificate-wrong-name"],
    ["not-yet-valid", "certificate-not-yet-valid"],
  ] as const)("tells what is wrong: %s", async (certificate, code) => {
    const { port } = await at(httpsEndpoint(certificate, answer));
    const url = `https://localhost:${port}/`;
    expect((await run(http(port, { url }))).reason.code).toBe(code);
    expect((await run({ kind: "tls", host: "localhost", port })).reason.code).toBe(code);
    expect((await run(http(port, { url, verifyCertificate: false }))).success).toBe(true);
  });

  it("wants certificates to be good for a while", async () => {
    const { port } = await at(httpsEndpoint("valid", answer));
    const spec = { kind: "tls", host: "127.0.0.1", port, minimumDays: 30 } as const;
    expect((await run(spec)).reason).toEqual({ code: "ok", text: "TLSv1.3, valid until 2120-01-01" });
    const clock = new ManualClock("2119-12-20T00:00:00Z");
    expect((await runCheck(spec, { ...context, clock })).reason).toEqual({
      code: "certificate-expires-soon",
      text: "the certificate of localhost ends in 12 d, 2120-01-01; wanted are 30 days",
    });
  });

  it("asks for another name when told to", async () => {
    const { port } = await at(httpsEndpoint("other-name", answer));
    const spec = { kind: "tls", host: "127.0.0.1", port } as const;
    expect((await run(spec)).reason.code).toBe("certificate-wrong-name");
    expect((await run({ ...spec, serverName: "other.example" })).success).toBe(true);
  });

  it("gives up a handshake that doesn't come about", async () => {
    const { port, open: connections } = await at(tcpEndpoint((socket) => socket.resume()));
    const result = await run({ kind: "tls", host: "127.0.0.1", port, timeoutSeconds: 0.05 });
    expect(result).toMatchObject({ reason: { code: "timeout" }, details: { phase: "tls" } });
    await expect.poll(connections).toBe(0);
  });

  it("tells a port that speaks no TLS", async () => {
    const plain = await at(httpEndpoint((_, response) => response.end()));
    expect((await run({ kind: "tls", host: "127.0.0.1", port: plain.port })).reason.code).toBe("tls-failed");
    const rude = await at(tcpEndpoint((socket) => socket.destroy()));
    expect((await run({ kind: "tls", host: "127.0.0.1", port: rude.port })).reason.code).toBe("tls-failed");
  });
});

describe("tcp", () => {
  it("connects", async () => {
    const { port } = await at(tcpEndpoint(() => undefined));
    expect(await run({ kind: "tcp", host: "127.0.0.1", port })).toMatchObject({
      success: true,
      reason: { code: "ok" },
    });
    expect((await run({ kind: "tcp", host: "127.0.0.1", port: await closedPort() })).reason.code).toBe(
      "connection-refused",
    );
  });

  it("says what it is told to and waits for what is expected, in pieces too", async () => {
    const { port } = await at(
      tcpEndpoint((socket) => {
        socket.write("220 mail.exa");
        socket.on("data", (data) => {
          socket.write(`mple ready\r\n250 ${data}`);
        });
      }),
    );
    const spec = { kind: "tcp", host: "127.0.0.1", port, timeoutSeconds: 0.2 } as const;
    expect((await run({ ...spec, send: "EHLO x", expect: "250 EHLO" })).success).toBe(true);
    expect((await run({ ...spec, expect: "mail.example" })).reason.code).toBe("timeout");
  });

  it("tells when the other side closes, or says other things without end", async () => {
    const closing = await at(tcpEndpoint((socket) => socket.end("-ERR")));
    expect(
      (await run({ kind: "tcp", host: "127.0.0.1", port: closing.port, expect: "+PONG" })).reason,
    ).toEqual({
      code: "body",
      text: '"+PONG" did not come: the other side closed after 4 bytes',
    });
    const noisy = await at(tcpEndpoint((socket) => socket.end("x".repeat(200_000))));
    expect(
      (await run({ kind: "tcp", host: "127.0.0.1", port: noisy.port, expect: "+PONG" })).reason.text,
    ).toContain("something else did");
  });
});

describe("dns", () => {
  const ZONE = {
    "A shop.example": { records: [Buffer.from([10, 0, 0, 2]), Buffer.from([10, 0, 0, 1])] },
    "AAAA shop.example": {
      records: [Buffer.concat([Buffer.from([0x20, 1]), Buffer.alloc(13), Buffer.from([1])])],
    },
    "CNAME www.example": { records: [dnsName("Shop.Example")] },
    "MX shop.example": { records: [Buffer.concat([Buffer.from([0, 10]), dnsName("mail.example")])] },
    "TXT shop.example": { records: [Buffer.from("\u0003one\u0004 two")] },
    "A broken.example": { rcode: 2 },
    "A refused.example": { rcode: 5 },
    "A empty.example": {},
    "A silent.example": undefined,
  };

  it("asks a server for records of every type and compares what they say", async () => {
    const { port } = await at(nameServer(ZONE));
    const ask = (type: "A" | "AAAA" | "CNAME" | "MX" | "TXT", name: string, expected: readonly string[]) =>
      run({ kind: "dns", name, type, server: `127.0.0.1:${port}`, expect: expected, timeoutSeconds: 2 });
    const a = await ask("A", "shop.example", ["10.0.0.1"]);
    expect(a).toMatchObject({ success: true, details: { answers: ["10.0.0.1", "10.0.0.2"] } });
    expect(Object.keys(a.phases)).toEqual(["dns"]);
    expect((await ask("AAAA", "shop.example", ["2001:0:0::1"])).details.answers).toEqual(["2001::1"]);
    expect((await ask("AAAA", "shop.example", ["2001:0:0::1"])).success).toBe(true);
    expect((await ask("CNAME", "www.example", ["SHOP.example."])).success).toBe(true);
    expect((await ask("MX", "shop.example", ["10 mail.example."])).success).toBe(true);
    expect((await ask("TXT", "shop.example", ["one two"])).success).toBe(true);
    expect((await ask("A", "shop.example", ["10.0.0.3"])).reason).toEqual({
      code: "answers",
      text: "10.0.0.3 is not among the A records: 10.0.0.1, 10.0.0.2",
    });
  });

  it("tells no such name, no such record, failure, refusal and silence apart", async () => {
    const { port } = await at(nameServer(ZONE));
    const codeOf = async (name: string, timeoutSeconds = 2) =>
      (await run({ kind: "dns", name, type: "A", server: `127.0.0.1:${port}`, timeoutSeconds })).reason.code;
    expect(await codeOf("nobody.example")).toBe("no-such-host");
    expect(await codeOf("empty.example")).toBe("answers");
    expect(await codeOf("broken.example")).toBe("dns-failed");
    expect(await codeOf("refused.example")).toBe("dns-failed");
    expect(await codeOf("silent.example", 0.1)).toBe("timeout");
    expect((await run({ kind: "dns", name: "a.example", type: "A", server: "ns1" })).reason.code).toBe(
      "bad-check",
    );
  });
});
