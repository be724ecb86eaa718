import { describe, expect, it } from "vitest";
import { list, map, member, structure } from "../../../test/support/shapes.ts";
import type { LocalService } from "../service.ts";
import { readInput, writeOutput } from "./codec.ts";
import type { WireRequest } from "./message.ts";
import { compileRoutes, matchRoute } from "./routes.ts";
import type { ServiceModel } from "./schema-store.ts";
import type { HttpBinding, Operation, StructureShape } from "./shape.ts";

const NOTHING = new Map<string, never>();

function operation(http: HttpBinding, input?: StructureShape, output?: StructureShape): Operation {
  return { name: "Op", input, output, http };
}

function call(protocol: "restJson1" | "restXml", op: Operation, request: Partial<WireRequest>, labels = {}) {
  const whole = { method: "POST", path: "/", query: "", headers: {}, body: Buffer.alloc(0), ...request };
  return readInput(
    { serviceName: "s", service: {} as LocalService, protocol, operation: "Op", labels },
    op,
    whole,
  );
}

function answer(protocol: "restJson1" | "restXml", op: Operation, output: Record<string, unknown>) {
  const service = { xmlNamespace: "http://ns/" } as LocalService;
  const { status, headers, body } = writeOutput({ service } as ServiceModel, op, protocol, output, "id-1");
  return { status, headers, body: typeof body === "string" ? body : Buffer.from(body).toString() };
}

describe("routes", () => {
  const routes = compileRoutes({
    namespace: "",
    errors: NOTHING,
    operations: new Map([
      ["Get", { name: "Get", input: undefined, output: undefined, http: ["GET", "/things/{Id}", 200] }],
      [
        "Special",
        { name: "Special", input: undefined, output: undefined, http: ["GET", "/things/special", 200] },
      ],
      ["Acl", { name: "Acl", input: undefined, output: undefined, http: ["GET", "/things/{Id}?acl", 200] }],
      [
        "Typed",
        { name: "Typed", input: undefined, output: undefined, http: ["GET", "/things/{Id}?type=2", 200] },
      ],
      [
        "Deep",
        { name: "Deep", input: undefined, output: undefined, http: ["GET", "/tree/{Path+}/end", 200] },
      ],
    ]),
    unimplemented: new Map([["Put", ["PUT", "/things/{Id}", 200]]]),
  });
  const find = (method: string, path: string, query = "") => {
    const match = matchRoute(routes, method, path, new URLSearchParams(query));
    return match && [match.operation, { ...match.labels }];
  };

  it("are matched by method, path and literal query, the most literal first", () => {
    expect(find("GET", "/things/a%2Fb%20c")).toEqual(["Get", { Id: "a/b c" }]);
    expect(find("GET", "/things/a/")).toEqual(["Get", { Id: "a" }]);
    expect(find("GET", "/things/special")).toEqual(["Special", {}]);
    expect(find("GET", "/things/a", "acl")).toEqual(["Acl", { Id: "a" }]);
    expect(find("GET", "/things/a", "type=2")).toEqual(["Typed", { Id: "a" }]);
    expect(find("GET", "/things/a", "type=3")).toEqual(["Get", { Id: "a" }]);
    expect(find("GET", "/tree/a/b/c/end")).toEqual(["Deep", { Path: "a/b/c" }]);
    expect(find("PUT", "/things/a")).toEqual(["Put", { Id: "a" }]);
    expect(find("GET", "/things")).toBeUndefined();
    expect(find("DELETE", "/things/a")).toBeUndefined();
    expect(() => find("GET", "/things/%zz")).toThrow(URIError);
  });
});

describe("REST bindings", () => {
  const input = structure(
    "Input",
    member("Id", "string", { httpLabel: true }),
    member("Max", "number", { httpQuery: "max" }),
    member("Kinds", list("string"), { httpQuery: "kind" }),
    member("Rest", map("string"), { httpQueryParams: true }),
    member("Since", "timestamp", { httpHeader: "If-Modified-Since", timestampFormat: "http-date" }),
    member("Names", list("string"), { httpHeader: "X-Names" }),
    member("Meta", map("string"), { httpPrefixHeaders: "x-meta-" }),
    member("Title", "string", { jsonName: "title", xmlName: "title" }),
    member("Tags", list("string", { xmlName: "Tag" })),
  );
  const op = operation(["POST", "/things/{Id}", 201], input);
  const request = {
    query: "max=5&kind=a&kind=b&other=x%20y",
    headers: {
      "if-modified-since": "Fri, 20 Nov 2026 10:00:00 GMT",
      "x-names": "p, q",
      "x-meta-color": "red",
    },
  };
  const wanted = {
    Id: "i",
    Max: 5,
    Kinds: ["a", "b"],
    Rest: { other: "x y" },
    Since: new Date("2026-11-20T10:00:00Z"),
    Names: ["p", "q"],
    Meta: { color: "red" },
    Title: "t",
    Tags: ["x"],
  };

  it("read labels, queries, headers and the body's members", () => {
    const json = Buffer.from('{"title":"t","Tags":["x"],"Id":"evil","Max":9}');
    expect(call("restJson1", op, { ...request, body: json }, { Id: "i" })).toEqual(wanted);
    const xml = Buffer.from("<Input><title>t</title><Tags><Tag>x</Tag></Tags><Id>evil</Id></Input>");
    expect(call("restXml", op, { ...request, body: xml }, { Id: "i" })).toEqual(wanted);
    expect(call("restJson1", op, {}, { Id: "i" })).toEqual({ Id: "i", Rest: {}, Meta: {} });
    expect(() => call("restXml", op, { query: "max=x" }, { Id: "i" })).toThrow(
      "Invalid value 'x' for parameter Max",
    );
  });

  it("read payloads: structures, blobs, texts, nothing", () => {
    const inner = structure("Inner", member("A", "string"));
    const payload = (shape: StructureShape | "blob" | "string") =>
      operation(["PUT", "/", 200], structure("Input", member("Body", shape, { httpPayload: true })));
    const body = Buffer.from('{"A":"x"}');
    expect(call("restJson1", payload(inner), { body })).toEqual({ Body: { A: "x" } });
    expect(call("restXml", payload(inner), { body: Buffer.from("<Inner><A>x</A></Inner>") })).toEqual({
      Body: { A: "x" },
    });
    expect(call("restJson1", payload("blob"), { body })).toEqual({ Body: new Uint8Array(body) });
    expect(call("restJson1", payload("string"), { body })).toEqual({ Body: '{"A":"x"}' });
    expect(call("restJson1", payload("blob"), {})).toEqual({});
  });

  const output = structure(
    "Output",
    member("Code", "number", { httpResponseCode: true }),
    member("Expires", "timestamp", { httpHeader: "Expires" }),
    member("Names", list("string"), { httpHeader: "X-Names" }),
    member("Meta", map("string"), { httpPrefixHeaders: "X-Meta-" }),
    member("Title", "string", { jsonName: "title" }),
  );

  it("write status, headers and the body's members", () => {
    const value = { Expires: new Date(0), Names: ["p", "q"], Meta: { Color: "red" }, Title: "<t>" };
    const headers = {
      "x-amzn-requestid": "id-1",
      expires: "Thu, 01 Jan 1970 00:00:00 GMT",
      "x-names": "p, q",
      "x-meta-color": "red",
    };
    const op = operation(["POST", "/", 201], undefined, output);
    expect(answer("restJson1", op, value)).toEqual({
      status: 201,
      headers: { ...headers, "content-type": "application/json" },
      body: '{"title":"<t>"}',
    });
    expect(answer("restXml", op, { ...value, Code: 202 })).toEqual({
      status: 202,
      headers: { ...headers, "content-type": "application/xml" },
      body: '<?xml version="1.0" encoding="UTF-8"?>\n<Output xmlns="http://ns/"><Title>&lt;t&gt;</Title></Output>',
    });
    expect(answer("restJson1", operation(["DELETE", "/", 204], undefined, output), {}).body).toBe("");
    expect(answer("restJson1", operation(["DELETE", "/", 204]), {})).toMatchObject({ status: 204, body: "" });
  });

  it("write payloads", () => {
    const inner = structure("Inner", member("A", "string"));
    const payload = (shape: StructureShape | "blob" | "string") =>
      operation(
        ["GET", "/", 200],
        undefined,
        structure("Output", member("Body", shape, { httpPayload: true })),
      );
    expect(answer("restXml", payload(inner), { Body: { A: "x" } }).body).toContain(
      '<Inner xmlns="http://ns/"><A>x</A></Inner>',
    );
    expect(answer("restJson1", payload(inner), { Body: { A: "x" } }).body).toBe('{"A":"x"}');
    expect(answer("restJson1", payload("blob"), { Body: new Uint8Array([104, 105]) })).toMatchObject({
      body: "hi",
      headers: { "content-type": "application/octet-stream" },
    });
    expect(answer("restJson1", payload("string"), {})).toMatchObject({ status: 200, body: "" });
  });
});
