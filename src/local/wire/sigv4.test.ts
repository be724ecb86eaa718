import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bodyHash,
  presignedRequest,
  queryBody,
  signedRequest,
} from "../../../test/support/signed-request.ts";
import { Accounts, DEFAULT_ACCOUNTS } from "../accounts.ts";
import { AwsError } from "../aws-error.ts";
import { seededRandom } from "../cloud.ts";
import type { Protocol } from "../service.ts";
import type { WireRequest } from "./message.ts";
import { parseAuthorization, verify } from "./sigv4.ts";

const NOW = new Date("2026-11-20T12:00:00Z");
const accounts = new Accounts(
  [
    ...DEFAULT_ACCOUNTS,
    {
      id: "777788889999",
      partition: "aws-cn",
      accessKeyId: "AKIACHINAEXAMPLE0001",
      secretAccessKey: "secret",
    },
  ],
  { hostNow: () => NOW.getTime(), random: seededRandom(7) },
);

function check(request: WireRequest, protocol: Protocol = "awsQuery", hostNow = NOW.getTime()): string {
  try {
    return verify(request, parseAuthorization(request), { accounts, protocol, hostNow }).principal.accountId;
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return `${error.code} ${error.status} ${error.message}`;
  }
}

const minutes = (count: number): Date => new Date(NOW.getTime() + count * 60_000);

describe("signatures, with the SDK's signer as the oracle", () => {
  const piece = fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 });
  const header = fc.stringMatching(/^[!-~]([ -~]{0,10}[!-~])?$/);

  it("accepts what was signed, whatever path, query, headers and body", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 4 }),
        fc.dictionary(piece, fc.oneof(piece, fc.array(piece, { minLength: 1, maxLength: 3 })), {
          maxKeys: 4,
        }),
        fc.array(header, { maxLength: 3 }),
        fc.string(),
        async (segments, query, values, body) => {
          const path = `/${segments.map(encodeURIComponent).join("/")}`;
          const headers = Object.fromEntries(values.map((value, index) => [`x-thing-${index}`, value]));
          const unsigned = { path, query: { ...query }, headers, body };
          expect(check(await signedRequest(unsigned, { service: "sns", at: NOW }))).toBe("111122223333");
          expect(
            check(
              await presignedRequest({ ...unsigned, method: "GET", body: "" }, { service: "sts", at: NOW }),
            ),
          ).toBe("111122223333");
        },
      ),
      { seed: 5, numRuns: 100 },
    );
  });

  it("refuses any request that was changed after signing", async () => {
    const request = await signedRequest(
      { path: "/a/b", query: { x: "1" }, headers: { "x-thing": "v" }, body: "hello" },
      { service: "sns", at: NOW },
    );
    expect(check(request)).toBe("111122223333");
    const changed: Partial<WireRequest>[] = [
      { method: "PUT" },
      { path: "/a/c" },
      { query: "x=2" },
      { query: "x=1&y=2" },
      { headers: { ...request.headers, "x-thing": "w" } },
      { headers: { ...request.headers, host: "evil" } },
      { body: Buffer.from("hullo") },
    ];
    for (const change of changed) {
      expect(check({ ...request, ...change }), JSON.stringify(change)).toMatch(
        /^SignatureDoesNotMatch 403 The request/,
      );
    }
  });

  it("compares x-amz-content-sha256 with the real body, even when the signature fits", async () => {
    const request = await signedRequest(
      { headers: { "x-amz-content-sha256": bodyHash("declared") }, body: "declared" },
      { service: "sns", at: NOW },
    );
    expect(check(request)).toBe("111122223333");
    expect(check({ ...request, body: Buffer.from("real") })).toMatch(/^SignatureDoesNotMatch/);
  });
});

describe("refusals in each protocol", () => {
  const body = queryBody({ Action: "GetCallerIdentity", Version: "2011-06-15" });
  const signer = { service: "sts", at: NOW };

  it("a missing or malformed signature", async () => {
    const bare: WireRequest = { method: "POST", path: "/", query: "", headers: {}, body: Buffer.alloc(0) };
    expect(check(bare)).toBe("MissingAuthenticationToken 403 Request is missing Authentication Token");
    expect(check(bare, "ec2Query")).toMatch(/^MissingAuthenticationToken 403/);
    expect(check(bare, "awsJson1_0")).toMatch(/^MissingAuthenticationTokenException 400/);
    const broken = [
      "Basic abc",
      "AWS4-HMAC-SHA256 Credential=a/b",
      "AWS4-HMAC-SHA256 Credential=, SignedHeaders=, Signature=",
    ];
    for (const authorization of broken) {
      expect(check({ ...bare, headers: { authorization } })).toMatch(/^IncompleteSignature 400 ./);
    }
    expect(check({ ...bare, query: "X-Amz-Signature=1&X-Amz-Algorithm=AWS4-HMAC-SHA256" })).toMatch(
      /^IncompleteSignature 400 X-Amz-Expires/,
    );
  });

  it("an unknown key", async () => {
    const request = await signedRequest(body, { ...signer, accessKeyId: "AKIAUNKNOWNEXAMPLE00" });
    expect(check(request)).toBe(
      "InvalidClientTokenId 403 The security token included in the request is invalid.",
    );
    expect(check(request, "awsJson1_0")).toMatch(/^UnrecognizedClientException 400 The security token/);
    expect(check(request, "rpcv2Cbor")).toMatch(/^UnrecognizedClientException 400/);
    expect(check(request, "ec2Query")).toBe(
      "AuthFailure 401 AWS was not able to validate the provided access credentials",
    );
  });

  it("a wrong secret", async () => {
    const request = await signedRequest(body, { ...signer, secretAccessKey: "wrong" });
    expect(check(request)).toMatch(/^SignatureDoesNotMatch 403/);
    expect(check(request, "restXml")).toMatch(/^SignatureDoesNotMatch 403/);
    expect(check(request, "awsJson1_1")).toMatch(/^InvalidSignatureException 400/);
    expect(check(request, "restJson1")).toMatch(/^InvalidSignatureException 403/);
    expect(check(request, "rpcv2Cbor")).toMatch(/^InvalidSignatureException 400/);
  });

  it("a clock that is off by more than a quarter of an hour", async () => {
    for (const [offset, good] of [
      [-14, true],
      [14, true],
      [-16, false],
      [16, false],
    ] as const) {
      const request = await signedRequest(body, { ...signer, at: minutes(offset) });
      expect(check(request) === "111122223333").toBe(good);
    }
    const late = await signedRequest(body, { ...signer, at: minutes(-16) });
    expect(check(late)).toBe(
      "SignatureDoesNotMatch 403 Signature expired: 20261120T114400Z is now earlier than 20261120T114500Z (20261120T120000Z - 15 min.)",
    );
    expect(check(late, "awsJson1_0")).toMatch(/^InvalidSignatureException 400 Signature expired: /);
    expect(check(late, "ec2Query")).toBe("RequestExpired 400 Request has expired.");
    expect(check(await signedRequest(body, { ...signer, at: minutes(16) }))).toMatch(
      /^SignatureDoesNotMatch 403 Signature not yet current: 20261120T121600Z is still later than 20261120T121500Z/,
    );
  });

  it("a presigned request beyond its life", async () => {
    const presigned = await presignedRequest({ method: "GET" }, { ...signer, expiresIn: 60 });
    expect(check(presigned, "awsQuery", minutes(1).getTime())).toBe("111122223333");
    expect(check(presigned, "awsQuery", minutes(2).getTime())).toMatch(
      /^SignatureDoesNotMatch 403 Signature expired/,
    );
  });

  it("a scope that is not today's, no region or another partition's", async () => {
    const request = await signedRequest(body, { ...signer, region: "mars" });
    expect(check(request)).toMatch(/valid region/);
    const authorization = request.headers["authorization"]?.replace("/20261120/", "/20261119/") ?? "";
    const mismatch = {
      ...request,
      headers: { ...request.headers, authorization: authorization.replace("/mars/", "/eu-west-1/") },
    };
    expect(check(mismatch)).toMatch(/^SignatureDoesNotMatch 403 Date in Credential scope/);
    expect(check(await signedRequest(body, { ...signer, region: "cn-north-1" }))).toMatch(
      /^InvalidClientTokenId/,
    );
    expect(check(await signedRequest(body, { ...signer, region: "us-gov-west-1" }), "ec2Query")).toMatch(
      /^AuthFailure/,
    );
    const china = { accessKeyId: "AKIACHINAEXAMPLE0001", secretAccessKey: "secret" };
    expect(check(await signedRequest(body, { ...signer, ...china, region: "cn-north-1" }))).toBe(
      "777788889999",
    );
    expect(check(await signedRequest(body, { ...signer, ...china }), "awsJson1_0")).toMatch(
      /^UnrecognizedClient/,
    );
  });

  it("a session's token missing, wrong or expired", async () => {
    const principal = {
      accountId: "444455556666",
      arn: "arn:aws:sts::444455556666:assumed-role/r/s",
      userId: "x:s",
    };
    const session = accounts.issueSession(principal, "aws", 900);
    const { accessKeyId, secretAccessKey, sessionToken = "" } = session;
    const keys = { ...signer, accessKeyId, secretAccessKey };
    expect(check(await signedRequest(body, { ...keys, sessionToken }))).toBe("444455556666");
    expect(check(await presignedRequest({ method: "GET" }, { ...keys, sessionToken }))).toBe("444455556666");
    expect(check(await signedRequest(body, keys))).toMatch(/^InvalidClientTokenId/);
    expect(check(await signedRequest(body, { ...keys, sessionToken: "no" }), "awsJson1_0")).toMatch(
      /^UnrecognizedClient/,
    );
    expect(check(await signedRequest(body, { ...signer, sessionToken }), "ec2Query")).toMatch(/^AuthFailure/);
    const later = await signedRequest(body, { ...keys, sessionToken, at: minutes(15) });
    expect(check(later, "awsQuery", minutes(15).getTime())).toBe(
      "ExpiredToken 403 The security token included in the request is expired",
    );
    expect(check(later, "awsJson1_0", minutes(15).getTime())).toMatch(/^ExpiredTokenException 400/);
    expect(check(later, "ec2Query", minutes(15).getTime())).toMatch(/^RequestExpired 400/);
  });
});
