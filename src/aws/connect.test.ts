import type { HttpRequest, HttpResponse } from "@smithy/types";
import { describe, expect, it } from "vitest";
import { ManualClock } from "../support/clock.ts";
import { type Context, silentLogger } from "../support/context.ts";
import { type ConnectOptions, connect } from "./connect.ts";
import { describeAlarms } from "./describe-alarms.ts";
import { readQuotas } from "./read-quotas.ts";
import type { HttpHandler } from "./service-client.ts";

const KEYS = {
  AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "hidden-secret",
  AWS_REGION: "eu-central-1",
};
const IDENTITY =
  "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";

interface Answer {
  readonly status?: number;
  readonly body: string;
  readonly date?: string;
}

type Respond = (operation: string, request: HttpRequest, body: string) => Answer | Error;

/** Answers requests by the operation's name and remembers them. */
function fakeHandler(respond: Respond): HttpHandler & { readonly seen: string[] } {
  const seen: string[] = [];
  return {
    seen,
    async handle(request: HttpRequest): Promise<{ response: HttpResponse }> {
      const body =
        request.body instanceof Uint8Array ? new TextDecoder().decode(request.body) : (request.body ?? "");
      const operation =
        request.headers["x-amz-target"]?.split(".").at(-1) ?? new URLSearchParams(body).get("Action") ?? "";
      seen.push(`${operation} ${request.hostname}`);
      const answer = respond(operation, request, body);
      if (answer instanceof Error) throw answer;
      return {
        response: {
          statusCode: answer.status ?? 200,
          headers: { "x-amzn-requestid": "r-1", ...(answer.date ? { date: answer.date } : {}) },
          body: Buffer.from(answer.body),
        },
      };
    },
  };
}

function context(): Context {
  return {
    clock: new ManualClock(),
    random: () => 0,
    signal: new AbortController().signal,
    log: silentLogger,
  };
}

function options(respond: Respond, more: Partial<ConnectOptions> = {}): ConnectOptions {
  return {
    accounts: [],
    context: context(),
    environment: KEYS,
    version: "1.2.3",
    requestHandler: fakeHandler((operation, request, body) =>
      operation === "GetCallerIdentity" ? { body: IDENTITY } : respond(operation, request, body),
    ),
    ...more,
  };
}

const nothing: Respond = (operation) => new Error(`unexpected ${operation}`);

async function session(respond: Respond, more: Partial<ConnectOptions> = {}) {
  const connection = await connect(options(respond, more));
  const [account] = connection.accounts;
  if (!account || "error" in account) throw account?.error ?? new Error("no account");
  return { session: account.session, calls: connection.calls };
}

const xmlError = (code: string, message = "no"): Answer => ({
  status: 400,
  body: `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors></Response>`,
});

describe("connect", () => {
  it("asks once who it is and gives sessions for every region", async () => {
    const { session: first, calls } = await session(nothing, { accounts: [{ name: "web" }] });
    const china = first.inRegion("cn-north-1");
    expect([first.account, first.accountName, first.region, first.partition]).toEqual([
      "111122223333",
      "web",
      "eu-central-1",
      "aws",
    ]);
    expect([china.account, china.partition]).toEqual(["111122223333", "aws-cn"]);
    expect(first.inRegion("cn-north-1")).toBe(china);
    expect(calls.made()).toEqual({ "sts:GetCallerIdentity": 1 });
  });

  it("names itself in the user agent and signs with the given keys", async () => {
    let headers: Readonly<Record<string, string>> = {};
    const { session: aws } = await session((_, request) => {
      headers = request.headers;
      return { body: "{}" };
    });
    await aws.send("cloudwatch", "DescribeAlarms", {});
    expect(headers["user-agent"]).toContain("watchkeeper/1.2.3");
    expect(headers["authorization"]).toContain("Credential=AKIAEXAMPLE/");
  });

  it("reaches the other accounts when one can't be reached", async () => {
    const handler = fakeHandler((operation, request, body) => {
      if (operation === "AssumeRole" && body.includes("role%2Fbroken")) {
        return {
          status: 403,
          body: "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not for you</Message></Error></ErrorResponse>",
        };
      }
      if (operation === "AssumeRole") {
        expect(body).toContain("ExternalId=x-1");
        expect(body).toContain("RoleSessionName=watchkeeper");
        return {
          body: "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
        };
      }
      const account = request.headers["authorization"]?.includes("ASIAROLE")
        ? "444455556666"
        : "111122223333";
      return { body: IDENTITY.replace("111122223333", account) };
    });
    const connection = await connect(
      options(nothing, {
        requestHandler: handler,
        accounts: [
          { roleArn: "arn:aws:iam::444455556666:role/watch", externalId: "x-1" },
          { roleArn: "arn:aws:iam::555566667777:role/broken" },
          {},
        ],
      }),
    );
    const found = connection.accounts.map((account) =>
      "error" in account ? `${account.error.code}: ${account.error.message}` : account.session.account,
    );
    expect(found).toEqual([
      "444455556666",
      expect.stringMatching(
        /^AssumeRoleFailed: cannot assume arn:aws:iam::555566667777:role\/broken: .*not for you/,
      ),
      "111122223333",
    ]);
  });

  it("assumes a role once for all services and regions", async () => {
    const handler = fakeHandler((operation) => {
      if (operation === "AssumeRole") {
        return {
          body: "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>",
        };
      }
      return { body: operation === "GetCallerIdentity" ? IDENTITY : "{}" };
    });
    const accounts = [{ roleArn: "arn:aws:iam::111122223333:role/watch" }];
    const { session: aws, calls } = await session(nothing, { requestHandler: handler, accounts });
    await aws.send("cloudwatch", "DescribeAlarms", {});
    await aws.inRegion("us-east-1").send("cloudwatch", "DescribeAlarms", {});
    expect(calls.made()).toEqual({
      "cloudwatch:DescribeAlarms": 2,
      "sts:AssumeRole": 1,
      "sts:GetCallerIdentity": 1,
    });
  });

  it("begins in an account's own region when the wanted one is of another partition", async () => {
    const accounts = [{ regions: ["cn-north-1"] }];
    expect((await session(nothing, { accounts })).session.region).toBe("cn-north-1");
    expect((await session(nothing, { accounts: [{ regions: ["us-east-1"] }] })).session.region).toBe(
      "eu-central-1",
    );
  });
});

describe("errors", () => {
  const failing = async (answer: Answer | Error): Promise<unknown> => {
    const clock = new ManualClock();
    const { session: aws } = await session(() => answer, { context: { ...context(), clock } });
    const failed = aws.send("ec2", "DescribeInstances", {}).catch((error: unknown) => error);
    await clock.advance(3_600_000);
    return failed;
  };

  it.each([
    [
      "UnauthorizedOperation",
      "AccessDenied",
      "ec2:DescribeInstances is not allowed in 111122223333 eu-central-1: no",
    ],
    ["RequestLimitExceeded", "Throttling", "ec2:DescribeInstances in 111122223333 eu-central-1 is throttled"],
    ["ExpiredTokenException", "ExpiredToken", "session expired for 111122223333 eu-central-1"],
    ["AuthFailure", "InvalidCredentials", expect.stringContaining("are not accepted by ec2 (AuthFailure)")],
    [
      "InvalidParameterValue",
      "InvalidParameterValue",
      "ec2:DescribeInstances in 111122223333 eu-central-1 failed: no",
    ],
  ])("calls %s by one name", async (code, normalised, message) => {
    expect(await failing(xmlError(code))).toMatchObject({ code: normalised, message, source: "aws" });
  });

  it("corrects a clock that is off by what the answer says, and tries again", async () => {
    const ahead = new Date(Date.now() + 3_600_000);
    const signed: string[] = [];
    const clock = new ManualClock();
    const { session: aws } = await session(
      (_, request) => {
        signed.push(request.headers["x-amz-date"] ?? "");
        const late = xmlError("RequestExpired", "Request has expired.");
        return signed.length === 1 ? { ...late, date: ahead.toUTCString() } : { body: "<r/>" };
      },
      { context: { ...context(), clock } },
    );
    const call = aws.send("ec2", "DescribeInstances", {});
    await clock.advance(60_000);
    await call;
    const [, again = ""] = signed;
    const at = Date.parse(again.replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5"));
    expect(Math.abs(at - ahead.getTime())).toBeLessThan(300_000);
  });

  it("keeps tokens out of messages", async () => {
    const token = "FwoGZXIvYXdzE".repeat(20);
    const error = await failing(
      xmlError("UnauthorizedOperation", `Encoded authorization failure message: ${token}`),
    );
    expect(error).toMatchObject({ message: expect.not.stringContaining(token) });
  });

  it("tries network failures a few times, and says where it couldn't get", async () => {
    const error = await failing(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
    expect(error).toMatchObject({ code: "Network", retryable: true });
  });
});

describe("describeAlarms", () => {
  it("reads dates and notices members that the SDK doesn't know", async () => {
    const pages = [
      {
        MetricAlarms: [
          {
            AlarmName: "a",
            Threshold: 5,
            StateUpdatedTimestamp: 1_760_000_000.5,
            Dimensions: [{ Name: "I", Value: "1" }],
          },
          {
            AlarmName: "b",
            Holiday: true,
            Metrics: [{ Id: "m", Weight: 1, MetricStat: { Stat: "Sum", Zone: "x" } }],
          },
        ],
        NextToken: "2",
      },
      { CompositeAlarms: [{ AlarmName: "c", AlarmRule: "TRUE", Mood: "good" }] },
    ];
    const inputs: unknown[] = [];
    const { session: aws, calls } = await session((_, __, body) => {
      inputs.push(JSON.parse(body));
      return { body: JSON.stringify(pages[inputs.length - 1]) };
    });
    const seen = [];
    for await (const page of describeAlarms(aws)) seen.push(page);
    expect(inputs).toEqual([
      { AlarmTypes: ["MetricAlarm", "CompositeAlarm"], MaxRecords: 100 },
      { AlarmTypes: ["MetricAlarm", "CompositeAlarm"], MaxRecords: 100, NextToken: "2" },
    ]);
    expect(seen[0]?.metricAlarms[0]).toEqual({
      AlarmName: "a",
      Threshold: 5,
      StateUpdatedTimestamp: new Date(1_760_000_000_500),
      Dimensions: [{ Name: "I", Value: "1" }],
    });
    expect([...(seen[0]?.unknownFields ?? [])]).toEqual([
      ["b", ["Holiday", "Metrics[].Weight", "Metrics[].MetricStat.Zone"]],
    ]);
    expect([...(seen[1]?.unknownFields ?? [])]).toEqual([["c", ["Mood"]]]);
    expect(calls.made()["cloudwatch:DescribeAlarms"]).toBe(2);
  });

  it("rejects a listing that names a page twice", async () => {
    const { session: aws } = await session(() => ({ body: JSON.stringify({ NextToken: "again" }) }));
    const readAll = async (): Promise<void> => {
      for await (const _ of describeAlarms(aws));
    };
    await expect(readAll()).rejects.toMatchObject({ code: "RepeatedPage" });
  });
});

describe("readQuotas", () => {
  it("paces by what the account really has", async () => {
    const { session: aws } = await session(() => ({
      body: JSON.stringify({
        Quotas: [
          { QuotaCode: "L-0720E68F", Value: 25, Period: { PeriodValue: 1, PeriodUnit: "SECOND" } },
          { QuotaCode: "L-5E141212", Value: 60_000, Period: { PeriodValue: 1, PeriodUnit: "MINUTE" } },
          { QuotaCode: "L-XXXX", Value: 1 },
        ],
      }),
    }));
    expect(aws.quota("cloudwatch", "PutMetricAlarm")).toEqual({ ratePerSecond: 3, burst: 3 });
    await readQuotas(aws, context());
    expect(aws.quota("cloudwatch", "PutMetricAlarm")).toEqual({ ratePerSecond: 25, burst: 25 });
    expect(aws.quota("cloudwatch", "GetMetricData")).toEqual({ ratePerSecond: 1000, burst: 1000 });
  });

  it("keeps the published ones where that isn't allowed", async () => {
    const { session: aws } = await session(() => ({
      status: 400,
      body: '{"__type":"AccessDeniedException"}',
    }));
    expect(await readQuotas(aws, context())).toEqual(new Map());
    expect(aws.quota("cloudwatch", "PutMetricAlarm").ratePerSecond).toBe(3);
  });
});
