import { cbor, dateToTag } from "@smithy/core/cbor";
import { AwsError } from "../aws-error.ts";
import type { Protocol } from "../service.ts";
import { textOf, type WireRequest, type WireResponse } from "./message.ts";
import { readQuery } from "./query-reader.ts";
import { type BodyCodec, readRest, writeRest } from "./rest.ts";
import type { Call } from "./router.ts";
import type { ServiceModel } from "./schema-store.ts";
import type { Operation, StructureShape } from "./shape.ts";
import { type Encoding, readDocument } from "./value-reader.ts";
import { writeDocument } from "./value-writer.ts";
import { parseXml, readXmlMembers } from "./xml-reader.ts";
import { escapeXml, writeXmlMembers } from "./xml-writer.ts";

const JSON_RPC: Encoding = { binary: false, jsonNames: false };
const JSON_REST: Encoding = { binary: false, jsonNames: true };
const CBOR: Encoding = { binary: true, jsonNames: false };
const XML_HEADER = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** Content type of each protocol's answers. */
export const CONTENT_TYPES = {
  awsJson1_0: "application/x-amz-json-1.0",
  awsJson1_1: "application/x-amz-json-1.1",
  awsQuery: "text/xml;charset=UTF-8",
  ec2Query: "text/xml;charset=UTF-8",
  restJson1: "application/json",
  restXml: "application/xml",
  rpcv2Cbor: "application/cbor",
} as const satisfies Readonly<Record<Protocol, string>>;

/** Epoch seconds, with milliseconds as a fraction. */
const epochSeconds = (time: Date): number => time.getTime() / 1000;

/** A JSON document of a shape. */
export function jsonDocument(
  shape: StructureShape,
  value: Readonly<Record<string, unknown>>,
  jsonNames: boolean,
): Record<string, unknown> {
  return writeDocument(shape, value, jsonNames ? JSON_REST : JSON_RPC, epochSeconds);
}

/** A CBOR document of a shape, ready for `cborBytes`. */
export function cborDocument(
  shape: StructureShape,
  value: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return writeDocument(shape, value, CBOR, dateToTag);
}

export function cborBytes(document: unknown): Uint8Array {
  return cbor.serialize(document);
}

/** Reads a request's input. Throws SerializationException, InvalidParameterValue, MalformedInput ... as the protocol has it. */
export function readInput(call: Call, operation: Operation, request: WireRequest): Record<string, unknown> {
  const shape = operation.input;
  if (!shape) return {};
  switch (call.protocol) {
    case "awsJson1_0":
    case "awsJson1_1":
      return readDocument(shape, request.body.length === 0 ? {} : parseJson(request.body), JSON_RPC);
    case "rpcv2Cbor":
      return readDocument(shape, request.body.length === 0 ? {} : parseCbor(request.body), CBOR);
    case "awsQuery":
    case "ec2Query":
      return readQuery(shape, call.form ?? new Map(), call.protocol === "ec2Query");
    case "restJson1":
    case "restXml":
      return readRest(
        shape,
        {
          labels: call.labels ?? {},
          query: new URLSearchParams(request.query),
          headers: request.headers,
          body: request.body,
        },
        bodyCodec(call.protocol, ""),
      );
  }
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(textOf(body));
  } catch {
    throw new AwsError("SerializationException", "The request body is not valid JSON", 400);
  }
}

function parseCbor(body: Uint8Array): unknown {
  try {
    return cbor.deserialize(body);
  } catch {
    throw new AwsError("SerializationException", "The request body is not valid CBOR", 400);
  }
}

function bodyCodec(protocol: "restJson1" | "restXml", xmlNamespace: string): BodyCodec {
  if (protocol === "restJson1") {
    return {
      contentType: CONTENT_TYPES.restJson1,
      read: (shape, body) => readDocument(shape, parseJson(body), JSON_REST),
      write: (shape, value) => JSON.stringify(jsonDocument(shape, value, true)),
    };
  }
  return {
    contentType: CONTENT_TYPES.restXml,
    read: (shape, body) => readXmlMembers(shape, parseXml(textOf(body))),
    write: (shape, value, rootName) => {
      const namespace = xmlNamespace === "" ? "" : ` xmlns="${escapeXml(xmlNamespace)}"`;
      return `${XML_HEADER}<${rootName}${namespace}>${writeXmlMembers(shape, value)}</${rootName}>`;
    },
  };
}

/** Writes an operation's output. */
export function writeOutput(
  { service }: ServiceModel,
  operation: Operation,
  protocol: Protocol,
  output: Readonly<Record<string, unknown>>,
  requestId: string,
): WireResponse {
  const headers = { "x-amzn-requestid": requestId, "content-type": CONTENT_TYPES[protocol] };
  const shape = operation.output;
  switch (protocol) {
    case "awsJson1_0":
    case "awsJson1_1":
      return { status: 200, headers, body: shape ? JSON.stringify(jsonDocument(shape, output, false)) : "" };
    case "rpcv2Cbor":
      return {
        status: 200,
        headers: { ...headers, "smithy-protocol": "rpc-v2-cbor" },
        body: cborBytes(shape ? cborDocument(shape, output) : {}),
      };
    case "awsQuery": {
      const { name } = operation;
      const result = shape ? `<${name}Result>${writeXmlMembers(shape, output)}</${name}Result>` : "";
      const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
      return { status: 200, headers, body: envelope(name, service.xmlNamespace, result + metadata) };
    }
    case "ec2Query": {
      const members = shape ? writeXmlMembers(shape, output) : "<return>true</return>";
      const body = `<requestId>${requestId}</requestId>${members}`;
      return { status: 200, headers, body: envelope(operation.name, service.xmlNamespace, body) };
    }
    case "restJson1":
    case "restXml": {
      const answer = writeRest(operation, output, bodyCodec(protocol, service.xmlNamespace));
      return { ...answer, headers: { "x-amzn-requestid": requestId, ...answer.headers } };
    }
  }
}

function envelope(operation: string, xmlNamespace: string, content: string): string {
  const tag = `${operation}Response`;
  return `${XML_HEADER}<${tag} xmlns="${escapeXml(xmlNamespace)}">${content}</${tag}>`;
}
