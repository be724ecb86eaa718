import { createHash } from "node:crypto";
import { Sha256 } from "@smithy/core/checksum";
import { SignatureV4 } from "@smithy/signature-v4";
import { DEFAULT_ACCOUNTS } from "../../src/local/accounts.ts";
import type { WireRequest } from "../../src/local/wire/message.ts";

/** What to sign with and when. */
export interface Signer {
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly sessionToken?: string;
  readonly region?: string;
  readonly service: string;
  readonly at?: Date;
}

/** A request to be signed; `query` by name. */
export interface Unsigned {
  readonly method?: string;
  readonly path?: string;
  readonly query?: Readonly<Record<string, string | string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

const [ACCOUNT] = DEFAULT_ACCOUNTS;

function signerOf({ service, region, accessKeyId, secretAccessKey, sessionToken }: Signer): SignatureV4 {
  return new SignatureV4({
    service,
    region: region ?? "eu-central-1",
    sha256: Sha256,
    credentials: {
      accessKeyId: accessKeyId ?? ACCOUNT!.accessKeyId,
      secretAccessKey: secretAccessKey ?? ACCOUNT!.secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    },
  });
}

function queryString(query: Readonly<Record<string, string | string[] | null>>): string {
  return Object.entries(query)
    .flatMap(([name, value]) => [value ?? ""].flat().map((item) => `${strict(name)}=${strict(item)}`))
    .join("&");
}

function strict(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function httpRequest(unsigned: Unsigned) {
  return {
    method: unsigned.method ?? "POST",
    protocol: "http:",
    hostname: "127.0.0.1",
    path: unsigned.path ?? "/",
    query: { ...unsigned.query },
    headers: { host: "127.0.0.1:4599", ...unsigned.headers },
    body: unsigned.body ?? "",
  };
}

function wireRequest(
  signed: Omit<ReturnType<typeof httpRequest>, "query"> & { query?: object },
): WireRequest {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(signed.headers)) headers[name.toLowerCase()] = value;
  return {
    method: signed.method,
    path: signed.path,
    query: queryString((signed.query ?? {}) as Record<string, string>),
    headers,
    body: Buffer.from(signed.body as Uint8Array),
  };
}

/** Signs a request with the SDK's own signer, in its Authorization header. */
export async function signedRequest(unsigned: Unsigned, signer: Signer): Promise<WireRequest> {
  const request = httpRequest(unsigned);
  const signed = await signerOf(signer).sign(request, { signingDate: signer.at ?? new Date() });
  return wireRequest(signed as never);
}

/** Signs a request with the SDK's own signer, in its query string. */
export async function presignedRequest(
  unsigned: Unsigned,
  signer: Signer & { readonly expiresIn?: number },
): Promise<WireRequest> {
  const signed = await signerOf(signer).presign(httpRequest(unsigned), {
    signingDate: signer.at ?? new Date(),
    expiresIn: signer.expiresIn ?? 300,
  });
  return wireRequest(signed as never);
}

/** A query request's parts, of an action and parameters. */
export function queryBody(parameters: Readonly<Record<string, string>>): Unsigned {
  return {
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: queryString(parameters),
  };
}

/** A JSON 1.0 request's parts. */
export function jsonBody(target: string, body: unknown): Unsigned {
  return {
    headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": target },
    body: typeof body === "string" ? body : JSON.stringify(body),
  };
}

/** Hex SHA-256, as `x-amz-content-sha256` holds it. */
export function bodyHash(body: string): string {
  return createHash("sha256").update(body).digest("hex");
}
