// What judges is pure: no sockets here.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HttpCheck } from "../model/check.ts";
import { CheckFailure } from "./attempt.ts";
import { type Certificate, certificateProblem, chainOf, type Presented } from "./certificates.ts";
import { answerTexts, judgeAnswers } from "./dns-answers.ts";
import { excerptOf } from "./excerpt.ts";
import { reasonFor } from "./failures.ts";
import { judgeAnswer } from "./http-judgement.ts";
import { type HttpStep, redirected, stepKey } from "./http-redirects.ts";

const DAY = 86_400_000;
const NOW = new Date("2026-06-01T00:00:00Z");

describe("certificates", () => {
  const certificate = (from: number, until: number, subject = "shop.example"): Certificate => ({
    subject,
    from: NOW.getTime() + from * DAY,
    until: NOW.getTime() + until * DAY,
  });
  const presented = (more: Partial<Presented> = {}): Presented => ({
    chain: [certificate(-10, 80), certificate(-900, 900, "Authority")],
    refused: undefined,
    name: "shop.example",
    ...more,
  });

  it.each<[string, Partial<Presented>, string | undefined]>([
    ["fine", {}, undefined],
    ["good for long enough", { minimumDays: 80 }, undefined],
    ["not good for long enough", { minimumDays: 81 }, "certificate-expires-soon"],
    ["an intermediate one that ends first", { chain: [certificate(-10, 80), certificate(-900, 5, "Authority")], minimumDays: 30 }, "certificate-expires-soon"],
    ["an intermediate one that has ended", { chain: [certificate(-10, 80), certificate(-900, -1, "Authority")] }, "certificate-expired"],
    ["over, whatever else is wrong", { chain: [certificate(-90, -1)], refused: "DEPTH_ZERO_SELF_SIGNED_CERT" }, "certificate-expired"],
    ["over by the clock of TLS alone", { refused: "CERT_HAS_EXPIRED" }, "certificate-expired"],
    ["too early", { chain: [certificate(1, 90)] }, "certificate-not-yet-valid"],
    ["another name", { refused: "ERR_TLS_CERT_ALTNAME_INVALID" }, "certificate-wrong-name"],
    ["no authority", { refused: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY" }, "certificate-untrusted"],
    ["something new", { refused: "CERT_REVOKED" }, "certificate-untrusted"],
    ["none at all", { chain: [] }, "tls-failed"],
  ])("%s", (_, more, code) => {
    expect(certificateProblem(presented(more), NOW)?.code).toBe(code);
  }); // biome-ignore format: a table

  it("are read without the root, and without going round in circles", () => {
    const raw = (name: string, until: string) => ({
      subject: { CN: name },
      fingerprint256: name,
      valid_from: "Jan  1 00:00:00 2020 GMT",
      valid_to: until,
    });
    const root: Record<string, unknown> = raw("root", "Jan  1 00:00:00 2025 GMT");
    root["issuerCertificate"] = root;
    const middle = { ...raw("middle", "Jan  1 00:00:00 2030 GMT"), issuerCertificate: root };
    const own = { ...raw("own", "Jan  1 00:00:00 2027 GMT"), issuerCertificate: middle };
    const read = (one: unknown) =>
      chainOf(one as Parameters<typeof chainOf>[0]).map(({ subject }) => subject);
    expect(read(own)).toEqual(["own", "middle"]);
    expect(read(root)).toEqual(["root"]);
    expect(read({})).toEqual([]);
  });
});

describe("answers by HTTP", () => {
  const check: HttpCheck = { kind: "http", url: "http://shop.example/" };

  it("are fine from 200 to 399, and as asked for", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 599 }),
        fc.integer({ min: 100, max: 599 }),
        (status, wanted) => {
          const answer = { status, text: "", cut: false };
          expect(judgeAnswer(check, answer).code === "ok").toBe(status >= 200 && status <= 399);
          expect(judgeAnswer({ ...check, statuses: [wanted] }, answer).code === "ok").toBe(status === wanted);
        },
      ),
    );
  });

  it("give up patterns that would take for ever", () => {
    const answer = { status: 200, text: `${"a".repeat(40)}!`, cut: false };
    expect(judgeAnswer({ ...check, matches: "^(a+)+$" }, answer)).toEqual({
      code: "bad-check",
      text: "/^(a+)+$/ takes too long to look for: make it simpler",
    });
    expect(judgeAnswer({ ...check, matches: "^a+!$" }, answer).code).toBe("ok");
  });

  it("say what hides a text: a cut, a packed body", () => {
    const text = (answer: object) =>
      judgeAnswer({ ...check, contains: "x" }, { status: 200, text: "", cut: false, ...answer }).text;
    expect(text({ cut: true })).toContain("its first MB");
    expect(text({ encoding: "gzip" })).toContain("came as gzip");
  });
});

describe("redirects", () => {
  const step = (more: Partial<HttpStep> = {}): HttpStep => ({
    url: new URL("https://shop.example/a"),
    method: "GET",
    headers: { "X-Api-Key": "secret", Accept: "text/html" },
    body: undefined,
    ...more,
  });
  const next = (status: number, location: string | undefined, from = step()) =>
    redirected(from, status, location, [stepKey(from)]);

  it("hand secrets to nobody else, an http address of the same host included", () => {
    expect(next(302, "/b")?.headers).toEqual({ "X-Api-Key": "secret", Accept: "text/html" });
    for (const location of ["https://other.example/", "http://shop.example/a", "https://shop.example:8443/a"])
      expect(next(302, location)?.headers).toEqual({ Accept: "text/html" });
  });

  it("repeat a POST for 307 and 308, and make a GET of it for the others", () => {
    const post = step({ method: "POST", body: "x", headers: { "Content-Type": "text/plain" } });
    for (const status of [307, 308])
      expect(next(status, "/b", post)).toMatchObject({ method: "POST", body: "x" });
    for (const status of [301, 302, 303])
      expect(next(status, "/b", post)).toMatchObject({ method: "GET", body: undefined, headers: {} });
    expect(next(303, "/b", step({ method: "HEAD" }))?.method).toBe("HEAD");
  });

  it("are none without a place or with another status", () => {
    expect(next(302, undefined)).toBeUndefined();
    expect(next(304, "/b")).toBeUndefined();
    expect(next(200, "/b")).toBeUndefined();
    expect(() => next(302, "//")).toThrow(CheckFailure);
    expect(() => next(302, "/a")).toThrow(/circle: https:\/\/shop.example\/a -> https:\/\/shop.example\/a/);
  });
});

describe("answers of DNS", () => {
  it("are compared without case, dots at the end and spellings of addresses", () => {
    expect(answerTexts("MX", [{ priority: 10, exchange: "Mail.Example." }])).toEqual(["10 mail.example"]);
    expect(answerTexts("SRV", [{ priority: 1, weight: 2, port: 443, name: "A.example" }])).toEqual([
      "1 2 443 a.example",
    ]);
    const soa = {
      nsname: "ns1.example",
      hostmaster: "root.example",
      serial: 7,
      refresh: 1,
      retry: 2,
      expire: 3,
      minttl: 4,
    };
    expect(answerTexts("SOA", soa)).toEqual(["ns1.example root.example 7 1 2 3 4"]);
    expect(answerTexts("TXT", [["v=spf1 ", "-all"], ["A."]])).toEqual(["A.", "v=spf1 -all"]);
    const check = { kind: "dns", name: "x.example", type: "AAAA", expect: ["2001:DB8:0::1"] } as const;
    expect(judgeAnswers(check, ["2001:db8::1", "2001:db8::2"]).code).toBe("ok");
    expect(judgeAnswers(check, []).text).toBe("x.example has no AAAA record");
  });
});

describe("failures", () => {
  it.each<[object, "connect" | "tls" | "transfer" | undefined, string]>([
    [{ code: "ECONNREFUSED" }, "connect", "connection-refused"],
    [{ code: "EHOSTUNREACH" }, "connect", "unreachable"],
    [{ code: "ECONNRESET" }, "connect", "connection-reset"],
    [{ code: "ECONNRESET" }, "tls", "tls-failed"],
    [{ code: "ECONNRESET" }, "transfer", "body-incomplete"],
    [{ code: "HPE_INVALID_CONSTANT" }, "transfer", "protocol"],
    [{ code: "ERR_INVALID_CHAR" }, undefined, "bad-check"],
    [{ code: "EMFILE" }, "connect", "failed"],
    [new CheckFailure("status", "x"), undefined, "status"],
  ])("%j while %s: %s", (error, phase, code) => {
    expect(reasonFor(error, phase).code).toBe(code);
  });
});

it("excerpts are one short line of any text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 900 }), (text) => {
      const excerpt = excerptOf(text);
      expect([...excerpt].length).toBeLessThanOrEqual(200);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they must be gone
      expect(excerpt).not.toMatch(/[\u0000-\u001f\u007f-\u009f\n]/);
    }),
  );
});
