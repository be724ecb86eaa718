import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { partitionOf } from "../../model/partition.ts";
import type { Accounts, Credential } from "../accounts.ts";
import type { AwsError } from "../aws-error.ts";
import type { Protocol } from "../service.ts";
import { commonError, signatureError } from "./common-errors.ts";
import type { WireRequest } from "./message.ts";

const ALGORITHM = "AWS4-HMAC-SHA256";
/** How far a signature's time may be off. */
const SKEW_MS = 15 * 60_000;
/** Longest life of a presigned request: seven days. */
const MAX_EXPIRES_SECONDS = 604_800;
const REGION = /^[a-z]{2}(-[a-z]+){1,3}-\d{1,2}$/;

/** A request's signature and what it claims, unverified. */
export interface Authorization {
  readonly accessKeyId: string;
  /** `YYYYMMDD` of the scope. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly timestamp: string;
  readonly sessionToken: string | undefined;
  /** Seconds a presigned request is good for; undefined for signatures in the header. */
  readonly expires: number | undefined;
}

/** Why an authorization can't be read. */
export interface Malformed {
  readonly malformed: string;
}

const PART = /^\s*(Credential|SignedHeaders|Signature)=([^\s,]*)\s*$/;

/** Reads the signature of a request: from its Authorization header or its query string. Undefined when it has none. */
export function parseAuthorization(request: WireRequest): Authorization | Malformed | undefined {
  const header = request.headers["authorization"];
  if (header !== undefined) return parseHeader(header, request.headers);
  if (!request.query.includes("X-Amz-")) return undefined;
  const query = new URLSearchParams(request.query);
  if (!query.has("X-Amz-Signature") && !query.has("X-Amz-Credential")) return undefined;
  if (query.get("X-Amz-Algorithm") !== ALGORITHM)
    return { malformed: `X-Amz-Algorithm must be ${ALGORITHM}` };
  const expires = query.get("X-Amz-Expires") ?? "";
  if (!/^\d{1,7}$/.test(expires) || Number(expires) > MAX_EXPIRES_SECONDS) {
    return { malformed: `X-Amz-Expires must be a number of seconds up to ${MAX_EXPIRES_SECONDS}` };
  }
  return assemble(
    query.get("X-Amz-Credential") ?? "",
    query.get("X-Amz-SignedHeaders") ?? "",
    query.get("X-Amz-Signature") ?? "",
    query.get("X-Amz-Date") ?? "",
    query.get("X-Amz-Security-Token") ?? undefined,
    Number(expires),
  );
}

function parseHeader(header: string, headers: WireRequest["headers"]): Authorization | Malformed {
  const space = header.indexOf(" ");
  if (header.slice(0, space) !== ALGORITHM)
    return { malformed: `Authorization header requires '${ALGORITHM}'` };
  const parts = new Map<string, string>();
  for (const part of header.slice(space + 1).split(",")) {
    const [, name, value] = PART.exec(part) ?? [];
    if (name !== undefined && value !== undefined) parts.set(name, value);
  }
  for (const name of ["Credential", "SignedHeaders", "Signature"]) {
    if (!parts.has(name)) return { malformed: `Authorization header requires '${name}' parameter.` };
  }
  return assemble(
    parts.get("Credential") ?? "",
    parts.get("SignedHeaders") ?? "",
    parts.get("Signature") ?? "",
    headers["x-amz-date"] ?? timestampOf(headers["date"]),
    headers["x-amz-security-token"],
    undefined,
  );
}

/** The `Date` header's time as signatures write it, for clients that send no `X-Amz-Date`. */
function timestampOf(date: string | undefined): string {
  const time = Date.parse(date ?? "");
  return Number.isNaN(time) ? "" : compact(time);
}

function assemble(
  credential: string,
  signedHeaders: string,
  signature: string,
  timestamp: string,
  sessionToken: string | undefined,
  expires: number | undefined,
): Authorization | Malformed {
  const scope = credential.split("/");
  const [accessKeyId = "", date = "", region = "", service = "", terminator] = scope;
  if (scope.length !== 5 || terminator !== "aws4_request" || !/^\d{8}$/.test(date) || accessKeyId === "") {
    return {
      malformed: `Credential '${credential.slice(0, 200)}' must be KEY/YYYYMMDD/REGION/SERVICE/aws4_request`,
    };
  }
  if (!/^\d{8}T\d{6}Z$/.test(timestamp)) {
    return {
      malformed: "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    };
  }
  if (!/^[0-9a-f]{64}$/.test(signature)) return { malformed: "Signature must be 64 hexadecimal digits" };
  return {
    accessKeyId,
    date,
    region,
    service,
    signedHeaders: signedHeaders.toLowerCase().split(";"),
    signature,
    timestamp,
    sessionToken,
    expires,
  };
}

/**
 * The credential that really signed a request. Throws what AWS's service of that protocol answers: missing or malformed
 * signature, unknown key, key of another partition, wrong, missing or expired session token, clock off by more than 15
 * minutes, wrong scope, body other than signed, wrong secret. `hostNow`: the host's clock in ms.
 */
export function verify(
  request: WireRequest,
  authorization: Authorization | Malformed | undefined,
  context: {
    readonly accounts: Accounts;
    readonly protocol: Protocol;
    readonly hostNow: number;
  },
): Credential {
  const { protocol, hostNow } = context;
  if (authorization === undefined) throw commonError("missingAuthentication", protocol);
  if ("malformed" in authorization)
    throw commonError("incompleteSignature", protocol, authorization.malformed);
  const credential = context.accounts.credential(authorization.accessKeyId);
  if (!credential || !sameText(credential.sessionToken ?? "", authorization.sessionToken ?? "")) {
    throw commonError("unknownKey", protocol);
  }
  const problem = scopeProblem(authorization) ?? headersProblem(request, authorization);
  if (problem !== undefined) throw signatureError(protocol, problem);
  if (partitionOf(authorization.region) !== credential.partition) throw commonError("unknownKey", protocol);
  const late = timeError(authorization, protocol, hostNow);
  if (late) throw late;
  const bodyHash = sha256(request.body);
  const declared = request.headers["x-amz-content-sha256"];
  const signature = sign(request, authorization, credential.secretAccessKey, bodyHash);
  if ((declared !== undefined && declared !== bodyHash) || !sameText(signature, authorization.signature)) {
    throw commonError("signatureMismatch", protocol);
  }
  if (credential.expiresAt !== undefined && credential.expiresAt <= hostNow) {
    throw commonError("expiredToken", protocol);
  }
  return credential;
}

function scopeProblem({ date, region, timestamp }: Authorization): string | undefined {
  if (!REGION.test(region)) return "Credential should be scoped to a valid region. ";
  if (!timestamp.startsWith(date)) {
    return `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date}' != '${timestamp.slice(0, 8)}', from '${timestamp}'.`;
  }
  return undefined;
}

function headersProblem({ headers }: WireRequest, { signedHeaders }: Authorization): string | undefined {
  if (!signedHeaders.includes("host")) {
    return "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
  }
  const absent = signedHeaders.find((name) => headers[name] === undefined);
  return absent === undefined
    ? undefined
    : `The signed header '${absent.slice(0, 100)}' is not in the request.`;
}

function timeError(authorization: Authorization, protocol: Protocol, hostNow: number): AwsError | undefined {
  const signedAt = Date.parse(
    authorization.timestamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"),
  );
  const lifeMs = authorization.expires === undefined ? SKEW_MS : authorization.expires * 1000;
  const { timestamp } = authorization;
  if (!(signedAt >= hostNow - lifeMs)) {
    const limit = `${compact(hostNow - lifeMs)} (${compact(hostNow)} - ${Math.round(lifeMs / 60_000)} min.)`;
    return commonError(
      "signatureExpired",
      protocol,
      `Signature expired: ${timestamp} is now earlier than ${limit}`,
    );
  }
  if (signedAt > hostNow + SKEW_MS) {
    const limit = `${compact(hostNow + SKEW_MS)} (${compact(hostNow)} + 15 min.)`;
    return commonError(
      "signatureExpired",
      protocol,
      `Signature not yet current: ${timestamp} is still later than ${limit}`,
    );
  }
  return undefined;
}

function compact(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d{3}/g, "");
}

/** The signature a request should have, hex. */
function sign(
  request: WireRequest,
  authorization: Authorization,
  secretAccessKey: string,
  bodyHash: string,
): string {
  const { date, region, service, signedHeaders, timestamp } = authorization;
  let headers = "";
  for (const name of signedHeaders) {
    headers += `${name}:${(request.headers[name] ?? "").trim().replace(/ {2,}/g, " ")}\n`;
  }
  const canonical =
    `${request.method}\n${canonicalPath(request.path)}\n${canonicalQuery(request.query)}\n` +
    `${headers}\n${signedHeaders.join(";")}\n${bodyHash}`;
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = `${ALGORITHM}\n${timestamp}\n${scope}\n${sha256(canonical)}`;
  return hmac(signingKey(secretAccessKey, date, region, service), text).toString("hex");
}

/** The path encoded once more, without empty and dot segments. */
function canonicalPath(path: string): string {
  if (path === "/" || path === "") return "/";
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") segments.pop();
    else if (segment !== "" && segment !== ".") segments.push(encode(segment));
  }
  return `/${segments.join("/")}${segments.length > 0 && path.endsWith("/") ? "/" : ""}`;
}

function canonicalQuery(query: string): string {
  if (query === "") return "";
  const pairs: [string, string][] = [];
  for (const [name, value] of new URLSearchParams(query)) {
    if (name !== "X-Amz-Signature") pairs.push([encode(name), encode(value)]);
  }
  pairs.sort(([a, x], [b, y]) => compare(a, b) || compare(x, y));
  return pairs.map(([name, value]) => `${name}=${value}`).join("&");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Keys derived lately: a day's key of each account, region and service in use. */
const KEYS = new Map<string, Buffer>();
const MAX_KEYS = 256;

function signingKey(secretAccessKey: string, date: string, region: string, service: string): Buffer {
  const name = `${secretAccessKey}\n${date}\n${region}\n${service}`;
  const known = KEYS.get(name);
  if (known) return known;
  if (KEYS.size >= MAX_KEYS) {
    const [oldest] = KEYS.keys();
    if (oldest !== undefined) KEYS.delete(oldest);
  }
  const key = hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, date), region), service), "aws4_request");
  KEYS.set(name, key);
  return key;
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

/** Whether two secrets are equal, in time that doesn't tell where they differ. */
function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
