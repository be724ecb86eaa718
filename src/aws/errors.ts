import { messageOf, WatchkeeperError } from "../support/errors.ts";
import type { ServiceName } from "./session.ts";

/** Where a call went, for messages. `account` is its id, or what we call it as long as the id isn't known. */
export interface CallPlace {
  readonly account: string;
  readonly region: string;
  readonly service: ServiceName;
  readonly operation: string;
  readonly profile?: string | undefined;
}

/** One code for what services and protocols call differently. Codes that aren't listed stay as the service wrote them. */
const NORMALISED: Readonly<Record<string, string>> = {
  BandwidthLimitExceeded: "Throttling",
  EC2ThrottledException: "Throttling",
  PriorRequestNotComplete: "Throttling",
  RequestLimitExceeded: "Throttling",
  RequestThrottled: "Throttling",
  RequestThrottledException: "Throttling",
  SlowDown: "Throttling",
  ThrottledException: "Throttling",
  Throttling: "Throttling",
  ThrottlingException: "Throttling",
  TooManyRequests: "Throttling",
  TooManyRequestsException: "Throttling",

  AccessDenied: "AccessDenied",
  AccessDeniedException: "AccessDenied",
  AuthorizationError: "AccessDenied",
  AuthorizationErrorException: "AccessDenied",
  NotAuthorized: "AccessDenied",
  UnauthorizedOperation: "AccessDenied",

  ExpiredToken: "ExpiredToken",
  ExpiredTokenException: "ExpiredToken",
  TokenRefreshRequired: "ExpiredToken",

  RequestExpired: "RequestExpired",
  RequestTimeTooSkewed: "RequestExpired",

  AuthFailure: "InvalidCredentials",
  IncompleteSignature: "InvalidCredentials",
  InvalidAccessKeyId: "InvalidCredentials",
  InvalidClientTokenId: "InvalidCredentials",
  InvalidSignatureException: "InvalidCredentials",
  MissingAuthenticationToken: "InvalidCredentials",
  MissingAuthenticationTokenException: "InvalidCredentials",
  SignatureDoesNotMatch: "InvalidCredentials",
  UnrecognizedClientException: "InvalidCredentials",

  OptInRequired: "OptInRequired",
};

/** Node's codes for connections that fail; certificate problems aside, they may pass. */
const NETWORK =
  /^(ECONN(REFUSED|RESET|ABORTED)|ENOTFOUND|EAI_AGAIN|EPIPE|EHOSTUNREACH|ENETUNREACH|ERR_SOCKET|ERR_STREAM)/;
/** Query and JSON services say with a signature's code that the clock is off. */
const LATE = /^Signature (expired|not yet current)/;
/** The action that was denied, as services name it: often another one than was called, such as iam:PassRole. */
const DENIED = /not authorized to perform: ([\w-]+:\w+)/;
const TIMEOUT = /^(ETIMEDOUT|ESOCKETTIMEDOUT)$/;
const CERTIFICATE = /CERT|SIGNATURE|TLS|SSL/;

/** Prefix of a service's actions in IAM policies. */
function iamPrefix(service: ServiceName): string {
  if (service === "sesv2") return "ses";
  if (service === "elbv2") return "elasticloadbalancing";
  return service === "service-quotas" ? "servicequotas" : service;
}

/** What an SDK client throws, as far as we look at it. */
interface SdkError {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly clockSkewCorrected?: boolean };
}

/**
 * The error of a call, as a WatchkeeperError with source `aws`: normalised code, a sentence that names account, region and
 * operation, what to do, and whether trying again may help. Never holds secrets: what services say about signatures can
 * quote the signed headers, so that it is left out.
 */
export function awsError(error: unknown, place: CallPlace): WatchkeeperError {
  if (error instanceof WatchkeeperError) return error;
  const {
    name = "",
    code = "",
    $metadata = {},
  } = (typeof error === "object" && error ? error : {}) as SdkError;
  const status = $metadata.httpStatusCode;
  const where = `${place.account} ${place.region}`;
  const action = `${iamPrefix(place.service)}:${place.operation}`;
  const said = redact(messageOf(error));
  const fail = (
    normalised: string,
    message: string,
    options: { readonly remedy?: string; readonly retryable?: boolean } = {},
  ): WatchkeeperError =>
    new WatchkeeperError(normalised, message, { source: "aws", cause: error, ...options });

  if (name === "CredentialsProviderError") return credentialsError(error, place.profile);
  const normalised = LATE.test(said) ? "RequestExpired" : (NORMALISED[name] ?? NORMALISED[code]);
  switch (normalised) {
    case "Throttling":
      return fail("Throttling", `${action} in ${where} is throttled`, {
        retryable: true,
        remedy: "something else uses up this account's quota for it; wait, or have the quota raised",
      });
    case "AccessDenied":
      return fail("AccessDenied", `${action} is not allowed in ${where}: ${said}`, {
        remedy: `allow ${DENIED.exec(said)?.[1] ?? action} in the policy of the user or role that is used`,
      });
    case "ExpiredToken":
      return expiredToken(error, place.profile, `for ${where}`);
    case "RequestExpired":
      // EC2 has one code for both.
      if (name === "RequestExpired" && $metadata.clockSkewCorrected !== true)
        return fail(
          "RequestExpired",
          `${action} in ${where} was refused as expired: the session has ended, or this machine's clock is off`,
          { remedy: "renew the temporary credentials (aws sso login), or set this machine's clock" },
        );
      return fail("RequestExpired", `${action} in ${where} was refused: the request's time is too far off`, {
        retryable: $metadata.clockSkewCorrected === true,
        remedy: "set this machine's clock",
      });
    case "InvalidCredentials":
      return fail(
        "InvalidCredentials",
        `the credentials for ${where} are not accepted by ${place.service} (${name})`,
        {
          retryable: $metadata.clockSkewCorrected === true,
          remedy: "check the access key, the secret key and, for temporary credentials, the session token",
        },
      );
    case "OptInRequired":
      return fail("OptInRequired", `${place.service} is not enabled for ${where}`, {
        remedy: "enable the region for the account, or take it out of the configuration's regions",
      });
  }
  if (name === "TimeoutError" || TIMEOUT.test(code)) {
    return fail("Timeout", `${action} in ${where} got no answer in time`, { retryable: true });
  }
  if (name === "SyntaxError") {
    // The SDK could not read the answer: a web page of a proxy, or an emulator without the operation.
    return fail(
      "UnreadableAnswer",
      `${action} in ${where} was answered by something that isn't AWS's protocol`,
      {
        remedy: "check --endpoint, and whether a proxy answers in AWS's place",
      },
    );
  }
  if (NETWORK.test(code)) {
    return fail("Network", `${action} in ${where} could not reach its endpoint: ${said || code}`, {
      retryable: true,
      remedy: "check the network, the region's name and --endpoint",
    });
  }
  if (status === undefined && CERTIFICATE.test(code)) {
    return fail("Network", `${action} in ${where} could not trust its endpoint: ${said}`, {
      remedy: "a proxy in between? Point NODE_EXTRA_CA_CERTS at its certificate",
    });
  }
  if (status === undefined) {
    return new WatchkeeperError("Unexpected", `${action} in ${where} failed: ${said}`, {
      source: "internal",
      cause: error,
    });
  }
  const retryable = status >= 500 && status !== 501;
  return fail(name || "Unknown", `${action} in ${where} failed: ${said}`, { retryable });
}

/** The error of credentials that couldn't be found or loaded. */
export function credentialsError(error: unknown, profile: string | undefined): WatchkeeperError {
  if (error instanceof WatchkeeperError) return error;
  const said = redact(messageOf(error));
  const options = { source: "user", cause: error } as const;
  if (/expired|sso login|sso session|refresh failed/i.test(said)) return expiredToken(error, profile, "");
  if (profile !== undefined) {
    return new WatchkeeperError("UnknownProfile", `profile "${profile}" gives no credentials: ${said}`, {
      ...options,
      remedy: "aws configure list-profiles shows the profiles there are",
    });
  }
  return new WatchkeeperError("NoCredentials", "no AWS credentials found", {
    ...options,
    remedy: "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or use --profile",
  });
}

function expiredToken(cause: unknown, profile: string | undefined, whose: string): WatchkeeperError {
  const login = profile === undefined ? "aws sso login" : `aws sso login --profile ${profile}`;
  return new WatchkeeperError("ExpiredToken", ["session expired", whose].filter(Boolean).join(" "), {
    source: "aws",
    cause,
    remedy: `run ${login}, or renew the temporary credentials`,
  });
}

/**
 * What a service said, without anything that could be a key or token, and not too long. Session tokens and encoded
 * authorization messages are hundreds of characters without a gap; no name or ARN part is.
 */
function redact(text: string): string {
  const clean = text
    .replace(/(token|secret|signature|authorization|password)(["']?\s*[:=]\s*)\S+/gi, "$1$2***")
    .replace(/[A-Za-z0-9+/_=-]{150,}/g, "***")
    .trim();
  return clean.length > 500 ? `${clean.slice(0, 499)}…` : clean;
}
