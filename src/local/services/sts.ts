import { parseArn } from "../../model/arn.ts";
import type { Credential, Principal } from "../accounts.ts";
import { AwsError } from "../aws-error.ts";
import type { Handlers, LocalService, RequestContext } from "../service.ts";

type StsHandlers = Handlers<typeof import("@aws-sdk/client-sts")>;

const MINUTE = 60;
const HOUR = 3600;
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/;
const ROLE = /^role\/([\w+=,.@/-]*\/)?([\w+=,.@-]{1,64})$/;

function refuse(member: string, value: unknown, constraint: string): AwsError {
  return new AwsError(
    "ValidationError",
    `1 validation error detected: Value '${String(value)}' at '${member}' failed to satisfy constraint: ${constraint}`,
    400,
  );
}

/** Seconds a session may live, checked as STS checks them. */
function duration(seconds: number | undefined, fallback: number, longest: number): number {
  const value = seconds ?? fallback;
  if (!Number.isInteger(value) || value < 15 * MINUTE) {
    throw refuse("durationSeconds", value, `Member must have value greater than or equal to ${15 * MINUTE}`);
  }
  if (value > longest) {
    throw refuse("durationSeconds", value, `Member must have value less than or equal to ${longest}`);
  }
  return value;
}

function isRole(principal: Principal): boolean {
  return principal.arn.includes(":assumed-role/");
}

/**
 * The role's unique id never changes: it is derived from its ARN, so that two sessions of one role share it
 * (`UserId` is id and session name).
 */
function roleId(arn: string): string {
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (const char of arn) {
    const code = char.codePointAt(0) ?? 0;
    high = Math.imul(high ^ code, 2_654_435_761);
    low = Math.imul(low ^ code, 1_597_334_677);
  }
  const digits = ((high >>> 0).toString(32) + (low >>> 0).toString(32)).toUpperCase();
  return `AROA${digits.padEnd(17, "EXAMPLE").slice(0, 17)}`;
}

function credentialsOf(session: Credential & { readonly expiresAt: number }) {
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: session.sessionToken,
    // Clients compare this with their own clock, so it is the host's time, not the virtual one. Whole seconds, as STS.
    Expiration: new Date(Math.floor(session.expiresAt / 1000) * 1000),
  };
}

function accessDenied(context: RequestContext, action: string, resource: string): AwsError {
  return new AwsError(
    "AccessDenied",
    `User: ${context.principal.arn} is not authorized to perform: sts:${action} on resource: ${resource}`,
    403,
  );
}

const handlers = {
  GetCallerIdentity(_input, { principal }) {
    return { Account: principal.accountId, Arn: principal.arn, UserId: principal.userId };
  },

  /** Any role name of any known account of the partition may be assumed by anybody: there are no policies here. */
  AssumeRole(input, context) {
    const roleArn = input.RoleArn ?? "";
    const sessionName = input.RoleSessionName ?? "";
    if (roleArn.length < 20) {
      throw refuse("roleArn", roleArn, "Member must have length greater than or equal to 20");
    }
    if (!SESSION_NAME.test(sessionName)) {
      throw refuse(
        "roleSessionName",
        sessionName,
        "Member must satisfy regular expression pattern: [\\w+=,.@-]* and have length between 2 and 64",
      );
    }
    const arn = parseArn(roleArn);
    const role = arn?.service === "iam" && arn.region === "" ? ROLE.exec(arn.resource) : null;
    if (!arn || !role) throw new AwsError("ValidationError", `${roleArn} is invalid`, 400);
    // A session made with a role's session may last an hour at most (role chaining).
    const chained = isRole(context.principal);
    const seconds = duration(input.DurationSeconds, HOUR, 12 * HOUR);
    if (chained && seconds > HOUR) {
      throw new AwsError(
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        400,
      );
    }
    if (arn.partition !== context.partition || !context.cloud.accounts.get(arn.account)) {
      throw accessDenied(context, "AssumeRole", roleArn);
    }
    const principal: Principal = {
      accountId: arn.account,
      arn: `arn:${arn.partition}:sts::${arn.account}:assumed-role/${role[2]}/${sessionName}`,
      userId: `${roleId(roleArn)}:${sessionName}`,
    };
    const session = context.cloud.accounts.issueSession(principal, context.partition, seconds);
    return {
      Credentials: credentialsOf(session),
      AssumedRoleUser: { AssumedRoleId: principal.userId, Arn: principal.arn },
      ...(input.SourceIdentity === undefined ? {} : { SourceIdentity: input.SourceIdentity }),
    };
  },

  GetSessionToken(input, context) {
    if (context.principal.session) {
      throw new AwsError("AccessDenied", "Cannot call GetSessionToken with session credentials", 403);
    }
    // Root users get an hour at most; STS shortens longer requests rather than refusing them.
    const seconds = Math.min(duration(input.DurationSeconds, 12 * HOUR, 36 * HOUR), HOUR);
    const session = context.cloud.accounts.issueSession(context.principal, context.partition, seconds);
    return { Credentials: credentialsOf(session) };
  },
} satisfies StsHandlers;

/** AWS Security Token Service: who am I, and session keys of other accounts. */
export const sts: LocalService = {
  sdk: "@aws-sdk/client-sts",
  signingName: "sts",
  version: "2011-06-15",
  xmlNamespace: "https://sts.amazonaws.com/doc/2011-06-15/",
  defaultProtocol: "awsQuery",
  handlers,
};
