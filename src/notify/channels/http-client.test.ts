import { beforeEach, describe, expect, it } from "vitest";
import type { StubServer } from "../../../test/support/stub-server.ts";
import { stubbedHttp } from "../../../test/support/stubbed-http.ts";
import type { HttpClient, HttpRequest } from "./http-client.ts";

let stub: StubServer;
let http: HttpClient;
beforeEach(async () => {
  ({ stub, http } = await stubbedHttp());
});

/** The headers that a request arrives with. */
async function headersOf(
  request: Omit<HttpRequest, "url" | "signal"> & { readonly url?: string },
): Promise<Readonly<Record<string, unknown>>> {
  await http.send({ url: stub.url, signal: new AbortController().signal, ...request });
  return stub.requests.at(-1)?.headers ?? {};
}

describe("a request", () => {
  it("has the headers that it is given, and ours", async () => {
    const headers = await headersOf({ headers: { "X-Team": "web" }, body: "é" });
    expect(headers).toEqual({
      host: new URL(stub.url).host,
      "user-agent": "watchkeeper",
      "x-team": "web",
      "content-length": "2",
      connection: "keep-alive",
    });
  });

  it("has each header once, however it is written; what is given goes before ours", async () => {
    const headers = await headersOf({ headers: { "User-Agent": "mine", "X-Team": "web", "x-team": "ops" } });
    expect(headers).toMatchObject({ "user-agent": "mine", "x-team": "ops" });
  });

  it("tells that it has no body, unless none is expected", async () => {
    expect(await headersOf({})).toMatchObject({ "content-length": "0" });
    const headers = await headersOf({ method: "GET" });
    expect(headers["content-length"] ?? headers["transfer-encoding"]).toBeUndefined();
  });

  it("carries the name and the password of its address, unless it is given others", async () => {
    const url = stub.url.replace("//", "//us%40er:pass@");
    expect(await headersOf({ url })).toMatchObject({ authorization: `Basic ${btoa("us@er:pass")}` });
    const headers = { authorization: "Bearer x" };
    expect(await headersOf({ url, headers })).toMatchObject({ authorization: "Bearer x" });
  });

  it("is sent once more when it met a closing connection, and fails when that breaks off too", async () => {
    const signal = new AbortController().signal;
    await http.send({ url: stub.url, body: "1", signal });
    stub.answer = (response) => void response.socket?.resetAndDestroy();
    await expect(http.send({ url: stub.url, body: "2", signal })).rejects.toMatchObject({
      reason: "connection",
      message: `${new URL(stub.url).host}: broke the connection off`,
    });
    expect(stub.requests.map(({ body }) => body)).toEqual(["1", "2", "2"]);
  });

  it("isn't sent once more when an answer had begun: the service has it", async () => {
    const signal = new AbortController().signal;
    await http.send({ url: stub.url, body: "1", signal });
    stub.answer = (response) => void response.socket?.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
    await expect(http.send({ url: stub.url, body: "2", signal })).rejects.toMatchObject({
      reason: "connection",
    });
    expect(stub.requests.map(({ body }) => body)).toEqual(["1", "2"]);
  });

  it.each(["a\r\nx-b: c", "a\nb", "a\0", "é"])("has no header of %j, which isn't told", async (value) => {
    const failure = await headersOf({ headers: { authorization: value } }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      reason: "unauthorized",
      message: 'the header "authorization" has characters that headers can\'t have',
    });
    expect(stub.requests).toEqual([]);
  });

  it.each(["x-a: b\r\nx-c", "x a", "x-a:", "é", ""])("has no header of the name %j", async (name) => {
    const failure = await headersOf({ headers: { [name]: "value" } }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ reason: "unauthorized" });
    expect(stub.requests).toEqual([]);
  });

  it("fails when its address is none", async () => {
    await expect(http.send({ url: "nonsense", signal: new AbortController().signal })).rejects.toThrow("URL");
  });
});
