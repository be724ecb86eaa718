import { once } from "node:events";
import { createServer, request } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AnswerFault, AnswerReader, MOST_OF_ANSWER, type ReadAnswer } from "./answer-reader.ts";

const OK = "HTTP/1.1 200 OK\r\n";

/** What a reader makes of pieces of an answer, each in the same place of memory, and of the end of the connection behind them. */
function readAll(pieces: readonly (string | Buffer)[], ends = false): ReadAnswer | undefined {
  const reader = new AnswerReader();
  for (const piece of pieces) {
    const data = Buffer.from(piece as string, "latin1");
    const read = reader.push(data);
    data.fill("?");
    if (read) return read;
  }
  return ends ? reader.end() : undefined;
}

/** The text cut at these places. */
function cutAt(text: string, places: readonly number[]): readonly string[] {
  const cuts = [0, ...places.map((place) => place % (text.length + 1)).sort((a, b) => a - b), text.length];
  return cuts.slice(1).map((end, index) => text.slice(cuts[index], end));
}

describe("an answer", () => {
  it.each([
    ["has a length", `${OK}Content-Length: 2\r\n\r\nok`, "ok", true],
    ["has nothing in it", `${OK}Content-Length: 0\r\n\r\n`, "", true],
    ["has no content", "HTTP/1.1 204 No Content\r\n\r\n", "", true],
    ["has no reason", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", "ok", true],
    [
      "comes in chunks",
      `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\no\r\n1;a=b\r\nk\r\n0\r\n\r\n`,
      "ok",
      true,
    ],
    [
      "has a trailer",
      `${OK}Transfer-Encoding: Chunked\r\n\r\n2\r\nok\r\n0\r\nA: b\r\nC: d\r\n\r\n`,
      "ok",
      true,
    ],
    [
      "comes after hints",
      `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`,
      "ok",
      true,
    ],
    ["ends its connection", `${OK}Connection: close\r\nContent-Length: 2\r\n\r\nok`, "ok", false],
    [
      "ends its connection, in many words",
      `${OK}Connection: Keep-Alive, Close\r\nContent-Length: 2\r\n\r\nok`,
      "ok",
      false,
    ],
    ["is of HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", false],
    ["has something behind it", `${OK}Content-Length: 2\r\n\r\nokHTTP/1.1 200`, "ok", false],
  ])("that %s is read, however it is cut", (_, text, body, reusable) => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 6 }), (places) => {
        const read = readAll(cutAt(text, places));
        expect(read?.answer.body).toBe(body);
        // What is behind it may come later than it is looked for.
        if (reusable) expect(read?.reusable).toBe(true);
      }),
    );
    expect(readAll([text])).toMatchObject({ answer: { body }, reusable });
  });

  it("ends with its connection where nothing else says so", () => {
    expect(readAll([`${OK}\r\no`, "k"])).toBeUndefined();
    expect(readAll([`${OK}\r\no`, "k"], true)).toMatchObject({ answer: { body: "ok" }, reusable: false });
    expect(readAll([`${OK}Content-Length: 3\r\n\r\nok`], true)).toBeUndefined();
    expect(readAll([`${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`], true)).toBeUndefined();
    expect(readAll(["HTTP/1.1 2"], true)).toBeUndefined();
  });

  it("has its headers by their names in lower case, repeated ones joined", () => {
    const read = readAll([
      `HTTP/1.1 429 Too Many\r\nRetry-After:  7 \r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 0\r\n\r\n`,
    ]);
    expect(read?.answer).toEqual({
      status: 429,
      headers: new Map([
        ["retry-after", "7"],
        ["x-a", "1, 2"],
        ["content-length", "0"],
      ]),
      body: "",
    });
  });

  it.each([
    ["by its length", `Content-Length: ${10 * MOST_OF_ANSWER}\r\n\r\n`, ""],
    ["until the end", "\r\n", ""],
    ["in chunks", "Transfer-Encoding: chunked\r\n\r\nfffff\r\n", ""],
  ])("that is too long is read in part: %s", (_, head) => {
    const pieces = [OK + head, ...Array.from({ length: 100 }, () => "x".repeat(1000))];
    expect(readAll(pieces)).toMatchObject({
      answer: { body: "x".repeat(MOST_OF_ANSWER) },
      reusable: false,
    });
  });

  it.each([
    ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["a page without a head", "<html>"],
    ["HTTP/2", "HTTP/2 200\r\n\r\n"],
    ["lines that end as in a text file", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok"],
    ["no status", "HTTP/1.1 OK\r\n\r\n"],
    ["a status that there isn't", "HTTP/1.1 999 ?\r\n\r\n"],
    ["a switch of protocols", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n"],
    ["a header that is none", `${OK}nonsense\r\n\r\n`],
    ["a header that goes on in the next line", `${OK}A: b\r\n c\r\n\r\n`],
    ["a header with a bare line break", `${OK}A: b\nContent-Length: 0\r\n\r\n`],
    ["two lengths", `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`],
    ["a length below nothing", `${OK}Content-Length: -1\r\n\r\n`],
    ["a length and chunks", `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`],
    ["an encoding that nobody asked for", `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`],
    ["chunks without a length", `${OK}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`],
    ["a chunk that is longer than it says", `${OK}Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n`],
    ["a head without end", `${OK}${"A: b\r\n".repeat(4000)}`],
    ["a chunk's line without end", `${OK}Transfer-Encoding: chunked\r\n\r\n1;${"x".repeat(400)}`],
  ])("isn't made of %s", (_, text) => {
    expect(() => readAll([text])).toThrow(AnswerFault);
  });

  it("is refused at once though it is made to be slow to read", () => {
    const space = " \t".repeat(4000);
    expect(() => readAll([`${OK}A:${space}\0\r\n\r\n`])).toThrow("a header that is none");
    expect(() => readAll([`${OK}A: b${space}c\0\r\n\r\n`])).toThrow("a header that is none");
    const read = readAll([`${OK}A:${space}\r\nContent-Length: 0\r\n\r\n`]);
    expect(read?.answer.headers.get("a")).toBe("");
  });

  it("is never made of noise, whatever it is", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, hasHead) => {
        const pieces = [
          ...(hasHead ? [Buffer.from(`${OK}Transfer-Encoding: chunked\r\n`)] : []),
          Buffer.from(bytes),
        ];
        try {
          readAll(pieces, true);
        } catch (error) {
          expect(error).toBeInstanceOf(AnswerFault);
        }
      }),
    );
  });

  it("is what Node's own client reads, of all that Node's own server writes", async () => {
    const shapes = fc.record({
      status: fc.constantFrom(200, 201, 204, 304, 400, 429, 503),
      body: fc.string({ maxLength: 300, unit: "grapheme" }),
      headers: fc.dictionary(fc.stringMatching(/^x-[a-z]{1,5}$/), fc.stringMatching(/^[!-~]{0,20}$/), {
        maxKeys: 4,
      }),
      inPieces: fc.boolean(),
    });
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await fc.assert(
      fc.asyncProperty(shapes, async ({ status, body, headers, inPieces }) => {
        server.removeAllListeners("request");
        server.on("request", (_, response) => {
          response.writeHead(status, headers);
          if (inPieces) response.write(body);
          response.end(body);
        });
        const reader = new AnswerReader();
        let read: ReadAnswer | undefined;
        const sent = request({ port, host: "127.0.0.1", agent: false });
        sent.once("socket", (socket) => {
          socket.on("data", (data: Buffer) => {
            read ??= reader.push(data);
          });
          socket.on("end", () => {
            read ??= reader.end();
          });
        });
        const closed = once(sent, "close");
        const answered = once(sent.end(), "response");
        const [theirs] = await answered;
        let text = "";
        for await (const chunk of theirs.setEncoding("utf8")) text += chunk;
        await closed;
        expect(read?.answer).toMatchObject({ status: theirs.statusCode, body: text });
        for (const name of Object.keys(headers))
          expect(read?.answer.headers.get(name)).toBe(theirs.headers[name]);
      }),
      { numRuns: 60 },
    );
    server.closeAllConnections();
    server.close();
  });
});

describe("a service that answers what isn't HTTP", () => {
  it("fails the request with words about it", async () => {
    const { HttpClient } = await import("./http-client.ts");
    const server = createTcpServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", () => socket.write("220 mail.example.com ESMTP\r\n"));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const http = new HttpClient();
    await expect(
      http.send({ url: `http://127.0.0.1:${port}/`, body: "x", signal: new AbortController().signal }),
    ).rejects.toMatchObject({
      reason: "connection",
      message: `127.0.0.1:${port}: answers what isn't HTTP: it doesn't begin as HTTP/1`,
    });
    http.close();
    server.close();
  });
});
