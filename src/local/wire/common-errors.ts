import { AwsError } from "../aws-error.ts";
import type { Protocol } from "../service.ts";

/** Errors that any AWS service answers before its own logic runs. */
export type CommonError =
  | "missingAuthentication"
  | "incompleteSignature"
  | "unknownKey"
  | "signatureMismatch"
  | "signatureExpired"
  | "expiredToken"
  | "accessDenied";

type Family = "xml" | "json" | "ec2";

/** Code, status, and the family's fixed message if it has one. */
type Entry = readonly [code: string, status: number, message?: string];

const INVALID_TOKEN = "The security token included in the request is invalid.";
const EC2_AUTH_FAILURE = [
  "AuthFailure",
  401,
  "AWS was not able to validate the provided access credentials",
] as const satisfies Entry;
const MISMATCH =
  "The request signature we calculated does not match the signature you provided. " +
  "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

/** As AWS's services answer them: query and REST-XML services, JSON and CBOR services, EC2. */
const ERRORS: Readonly<Record<CommonError, Readonly<Record<Family, Entry>>>> = {
  missingAuthentication: {
    xml: ["MissingAuthenticationToken", 403, "Request is missing Authentication Token"],
    json: ["MissingAuthenticationTokenException", 400, "Missing Authentication Token"],
    ec2: ["MissingAuthenticationToken", 403, "Request is missing Authentication Token"],
  },
  incompleteSignature: {
    xml: ["IncompleteSignature", 400],
    json: ["IncompleteSignatureException", 400],
    ec2: ["IncompleteSignature", 400],
  },
  unknownKey: {
    xml: ["InvalidClientTokenId", 403, INVALID_TOKEN],
    json: ["UnrecognizedClientException", 400, INVALID_TOKEN],
    ec2: EC2_AUTH_FAILURE,
  },
  signatureMismatch: {
    xml: ["SignatureDoesNotMatch", 403, MISMATCH],
    json: ["InvalidSignatureException", 400, MISMATCH],
    ec2: ["SignatureDoesNotMatch", 403, MISMATCH],
  },
  signatureExpired: {
    xml: ["SignatureDoesNotMatch", 403],
    json: ["InvalidSignatureException", 400],
    ec2: ["RequestExpired", 400, "Request has expired."],
  },
  expiredToken: {
    xml: ["ExpiredToken", 403, "The security token included in the request is expired"],
    json: ["ExpiredTokenException", 400, "The security token included in the request is expired"],
    ec2: ["RequestExpired", 400, "Request has expired."],
  },
  accessDenied: {
    xml: ["AccessDenied", 403],
    json: ["AccessDeniedException", 400],
    ec2: ["UnauthorizedOperation", 403],
  },
};

function familyOf(protocol: Protocol): Family {
  switch (protocol) {
    case "ec2Query":
      return "ec2";
    case "awsQuery":
    case "restXml":
      return "xml";
    case "awsJson1_0":
    case "awsJson1_1":
    case "restJson1":
    case "rpcv2Cbor":
      return "json";
  }
}

/** A common error as this protocol's services word it; `message` where AWS has no fixed one. */
export function commonError(kind: CommonError, protocol: Protocol, message = ""): AwsError {
  const [code, status, fixed] = ERRORS[kind][familyOf(protocol)];
  // REST-JSON services answer 403 where JSON-RPC ones say 400.
  const refused = status === 400 && protocol === "restJson1" ? 403 : status;
  return new AwsError(code, fixed ?? message, refused);
}

/** The signature is wrong for a reason that can be told. */
export function signatureError(protocol: Protocol, message: string): AwsError {
  const [code, status] = ERRORS.signatureMismatch[familyOf(protocol)];
  return new AwsError(code, message, status);
}
