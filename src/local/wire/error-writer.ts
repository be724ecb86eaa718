import type { AwsError } from "../aws-error.ts";
import type { Protocol } from "../service.ts";
import { CONTENT_TYPES, cborBytes, cborDocument, jsonDocument } from "./codec.ts";
import type { WireResponse } from "./message.ts";
import type { ServiceModel } from "./schema-store.ts";
import type { ErrorShape } from "./shape.ts";
import { escapeXml, writeXmlMembers } from "./xml-writer.ts";

/** An error in the terms every envelope needs. */
interface Failure {
  readonly code: string;
  readonly queryCode: string;
  readonly status: number;
  readonly sender: "Sender" | "Receiver";
  readonly message: string;
  readonly shape: ErrorShape | undefined;
  /** The shape's members; both spellings of the message, because shapes use either. */
  readonly members: Readonly<Record<string, unknown>>;
  readonly requestId: string;
}

/** Writes an error in the protocol's envelope; `model` is undefined while the service is not known. */
export function writeError(
  model: ServiceModel | undefined,
  protocol: Protocol,
  error: AwsError,
  requestId: string,
): WireResponse {
  const shape = model?.errors.get(error.code);
  const status = error.status ?? shape?.status ?? 400;
  const fault = shape?.fault ?? (status < 500 ? "client" : "server");
  const failure: Failure = {
    code: error.code,
    queryCode: shape?.query?.[0] ?? error.code,
    status,
    sender: fault === "client" ? "Sender" : "Receiver",
    message: error.message,
    shape,
    members: { message: error.message, Message: error.message, ...error.members },
    requestId,
  };
  switch (protocol) {
    case "ec2Query":
      return ec2Error(failure);
    case "awsQuery":
    case "restXml":
      return xmlError(failure, protocol, model?.service.xmlNamespace ?? "");
    case "awsJson1_0":
    case "awsJson1_1":
    case "restJson1":
    case "rpcv2Cbor":
      return documentError(failure, protocol, model);
  }
}

function ec2Error({ code, message, status, requestId }: Failure): WireResponse {
  const error = `<Error><Code>${escapeXml(code)}</Code><Message>${escapeXml(message)}</Message></Error>`;
  return {
    status,
    headers: { "x-amzn-requestid": requestId, "content-type": CONTENT_TYPES.ec2Query },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors>${error}</Errors><RequestID>${requestId}</RequestID></Response>`,
  };
}

function xmlError(failure: Failure, protocol: "awsQuery" | "restXml", namespace: string): WireResponse {
  const { queryCode, sender, message, shape, members, requestId } = failure;
  const status = protocol === "awsQuery" ? (shape?.query?.[1] ?? failure.status) : failure.status;
  const { message: _lower, Message: _upper, ...others } = members;
  const details = shape ? writeXmlMembers(shape.structure, others) : "";
  const error =
    `<Error><Type>${sender}</Type><Code>${escapeXml(queryCode)}</Code>` +
    `<Message>${escapeXml(message)}</Message>${details}</Error>`;
  return {
    status,
    headers: { "x-amzn-requestid": requestId, "content-type": CONTENT_TYPES[protocol] },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<ErrorResponse${namespace && ` xmlns="${escapeXml(namespace)}"`}>${error}<RequestId>${requestId}</RequestId></ErrorResponse>`,
  };
}

function documentError(
  failure: Failure,
  protocol: "awsJson1_0" | "awsJson1_1" | "restJson1" | "rpcv2Cbor",
  model: ServiceModel | undefined,
): WireResponse {
  const { code, queryCode, sender, message, status, shape, members, requestId } = failure;
  const headers: Record<string, string> = {
    "x-amzn-requestid": requestId,
    "content-type": CONTENT_TYPES[protocol],
  };
  if (model?.service.queryCompatible) headers["x-amzn-query-error"] = `${queryCode};${sender}`;
  const binary = protocol === "rpcv2Cbor";
  const document = shape
    ? binary
      ? cborDocument(shape.structure, members)
      : jsonDocument(shape.structure, members, protocol === "restJson1")
    : {};
  if (!("message" in document) && !("Message" in document)) document["message"] = message;
  if (protocol === "restJson1") {
    headers["x-amzn-errortype"] = code;
    return { status, headers, body: JSON.stringify(document) };
  }
  const typed = {
    __type: `${shape && model ? model.namespace : "com.amazon.coral.service"}#${code}`,
    ...document,
  };
  if (!binary) return { status, headers, body: JSON.stringify(typed) };
  headers["smithy-protocol"] = "rpc-v2-cbor";
  return { status, headers, body: cborBytes(typed) };
}
