import { gzipSync } from "node:zlib";
import { CloudWatchClient, DescribeAlarmsCommand, PutMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { DescribeRegionsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { ListHostedZonesCommand, Route53Client } from "@aws-sdk/client-route-53";
import { SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { AwsQueryProtocol } from "@aws-sdk/core/protocols";
import { afterEach, describe, expect, it } from "vitest";
import {
  jsonBody,
  queryBody,
  type Signer,
  signedRequest,
  type Unsigned,
} from "../../test/support/signed-request.ts";
import { DEFAULT_ACCOUNTS } from "./accounts.ts";
import { AwsError } from "./aws-error.ts";
import { createLocalCloud, type LocalCloud, type LocalCloudOptions } from "./server.ts";
import type { LocalService } from "./service.ts";
import { cloudwatch } from "./services/cloudwatch.ts";
import { sts } from "./services/sts.ts";
import type { WireRequest } from "./wire/message.ts";

const { accessKeyId, secretAccessKey } = DEFAULT_ACCOUNTS[0]!;
const open: LocalCloud[] = [];

function start(options: LocalCloudOptions = {}): LocalCloud {
  const local = createLocalCloud(options);
  open.push(local);
  return local;
}

afterEach(() => {
  for (const local of open.splice(0)) local.close();
});

function clientOptions(local: LocalCloud) {
  return {
    region: "eu-central-1",
    credentials: { accessKeyId, secretAccessKey },
    requestHandler: local.requestHandler(),
    maxAttempts: 1,
  };
}

/** Status, headers and text of the answer to a signed request. */
async function ask(local: LocalCloud, unsigned: Unsigned, signer: Signer) {
  return answer(local, await signedRequest(unsigned, signer));
}

async function answer(local: LocalCloud, request: WireRequest) {
  const { status, headers, body } = await local.handle(request);
  return { status, headers, text: typeof body === "string" ? body : Buffer.from(body).toString("latin1") };
}

const CLOUDWATCH = { service: "monitoring" };
const TARGET = "GraniteServiceVersion20100801";

describe("the local cloud", () => {
  it("answers real clients and counts what they ask", async () => {
    const local = start();
    const identity = await new STSClient(clientOptions(local)).send(new GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({ Account: "111122223333", Arn: "arn:aws:iam::111122223333:root" });
    await new Route53Client(clientOptions(local)).send(new ListHostedZonesCommand({}));
    await new EC2Client(clientOptions(local)).send(new DescribeRegionsCommand({}));
    const client = new CloudWatchClient(clientOptions(local));
    await client.send(new DescribeAlarmsCommand({}));
    await client.send(new DescribeAlarmsCommand({}));
    expect(Object.fromEntries(local.requests)).toEqual({
      "sts:GetCallerIdentity": 1,
      "route53:ListHostedZones": 1,
      "ec2:DescribeRegions": 1,
      "cloudwatch:DescribeAlarms": 2,
    });
    local.resetRequests();
    expect(local.requests.size).toBe(0);
  });

  it("gives every answer a request id, in header and body", async () => {
    const form = queryBody({ Action: "GetCallerIdentity", Version: "2011-06-15" });
    const { status, headers, text } = await ask(start(), form, { service: "sts" });
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/xml;charset=UTF-8");
    expect(text).toContain(`<RequestId>${headers["x-amzn-requestid"]}</RequestId>`);
    expect(text).toContain('<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">');
  });

  it("reads an action from the query string", async () => {
    const request = { method: "GET", query: { Action: "GetCallerIdentity", Version: "2011-06-15" } };
    expect((await ask(start(), request, { service: "sts" })).text).toContain(
      "<Account>111122223333</Account>",
    );
  });

  it("keeps accounts and regions apart", async () => {
    const local = start();
    const data = { Namespace: "A", MetricData: [{ MetricName: "m", Value: 1 }] };
    await ask(local, jsonBody(`${TARGET}.PutMetricData`, data), CLOUDWATCH);
    const list = async (signer: Partial<Signer>) =>
      JSON.parse((await ask(local, jsonBody(`${TARGET}.ListMetrics`, {}), { ...CLOUDWATCH, ...signer })).text)
        .Metrics.length;
    const second = DEFAULT_ACCOUNTS[1]!;
    expect(await list({})).toBe(1);
    expect(await list({ region: "us-east-1" })).toBe(0);
    expect(await list(second)).toBe(0);
  });
});

describe("refusals", () => {
  it("says NotImplemented for what AWS has and the local cloud lacks, in the caller's envelope", async () => {
    const local = start();
    const text = "DescribeVpcPeeringConnections is not implemented by the local cloud";
    const version = { Version: "2016-11-15" };
    const ec2 = await ask(local, queryBody({ Action: "DescribeVpcPeeringConnections", ...version }), {
      service: "ec2",
    });
    expect(ec2.status).toBe(501);
    expect(ec2.text).toContain(
      `<Response><Errors><Error><Code>NotImplemented</Code><Message>${text}</Message>`,
    );
    const json = await ask(local, jsonBody(`${TARGET}.PutMetricStream`, {}), CLOUDWATCH);
    expect(json.status).toBe(501);
    expect(JSON.parse(json.text)).toEqual({
      __type: "com.amazon.coral.service#NotImplemented",
      message: "PutMetricStream is not implemented by the local cloud",
    });
    expect(json.headers["x-amzn-query-error"]).toBe("NotImplemented;Receiver");
    const rest = await ask(
      local,
      { method: "GET", path: "/2013-04-01/healthcheck" },
      { service: "route53", region: "us-east-1" },
    );
    expect(rest.status).toBe(501);
    expect(rest.text).toContain("<Code>NotImplemented</Code><Message>ListHealthChecks is not");
    expect(local.requests.size).toBe(0);
  });

  it("says what is wrong with operations that nobody has", async () => {
    const local = start();
    const form = (parameters: Record<string, string>) => queryBody({ Version: "2011-06-15", ...parameters });
    const query = await ask(local, form({ Action: "Nope" }), { service: "sts" });
    expect(query).toMatchObject({ status: 400 });
    expect(query.text).toContain(
      "<Code>InvalidAction</Code><Message>Could not find operation Nope for version 2011-06-15",
    );
    expect((await ask(local, form({}), { service: "sts" })).text).toContain("<Code>MissingAction</Code>");
    expect((await ask(local, form({ Action: "toString" }), { service: "sts" })).text).toContain(
      "InvalidAction",
    );
    const ec2 = await ask(local, form({ Action: "Nope" }), { service: "ec2" });
    expect(ec2.text).toContain(
      "<Code>InvalidAction</Code><Message>The action Nope is not valid for this web service.",
    );
    const json = await ask(local, jsonBody(`${TARGET}.Nope`, {}), CLOUDWATCH);
    expect(json).toMatchObject({ status: 400 });
    expect(JSON.parse(json.text).__type).toMatch(/#UnknownOperationException$/);
    expect((await ask(local, jsonBody("Nobody.Nope", {}), CLOUDWATCH)).text).toContain(
      "UnknownOperationException",
    );
    const other = await ask(local, form({ Action: "Nope", Version: "1" }), { service: "cloudformation" });
    expect(other).toMatchObject({ status: 501 });
    expect(other.text).toContain(
      "<Code>NotImplemented</Code><Message>No service cloudformation in the local",
    );
    const mail = await new SESv2Client(clientOptions(local))
      .send(new SendEmailCommand({ Content: {} }))
      .catch((error: unknown) => error);
    expect(mail).toMatchObject({ name: "NotImplemented", message: "No service ses in the local cloud." });
    const rest = await ask(local, { method: "GET", path: "/nothing" }, { service: "route53" });
    expect(rest).toMatchObject({ status: 404 });
    expect(rest.text).toContain("<Code>UnknownOperationException</Code>");
    const label = await ask(
      local,
      { method: "GET", path: "/2013-04-01/hostedzone/%zz" },
      { service: "route53" },
    );
    expect(label.text).toContain("InvalidURI");
  });

  it("says what is wrong with bodies that can't be read", async () => {
    const local = start();
    for (const body of ["{", "", "[]", '"x"', '{"AlarmNames":"a"}', '{"MaxRecords":"x"}']) {
      const { status, text } = await ask(local, jsonBody(`${TARGET}.DescribeAlarms`, body), CLOUDWATCH);
      if (body === "") expect(status).toBe(200);
      else expect(`${status} ${text}`, body).toMatch(/^400 .*#SerializationException/);
    }
    const cbor = {
      path: `/service/${TARGET}/operation/DescribeAlarms`,
      headers: { "smithy-protocol": "rpc-v2-cbor", "content-type": "application/cbor" },
    };
    for (const body of [Buffer.from([0xff]), Buffer.from([0xbf]), Buffer.alloc(200_000, 0x81)]) {
      const { status, headers, text } = await ask(local, { ...cbor, body }, CLOUDWATCH);
      expect(status).toBe(400);
      expect(headers["smithy-protocol"]).toBe("rpc-v2-cbor");
      expect(text).toContain("#SerializationException");
    }
    const form = { headers: { "content-type": "application/x-www-form-urlencoded" }, body: "Action=%zz" };
    expect(await ask(local, form, { service: "sts" })).toMatchObject({
      status: 404,
      text: expect.stringContaining("MalformedQueryString"),
    });
    const number = queryBody({ Action: "AssumeRole", Version: "2011-06-15", DurationSeconds: "long" });
    expect((await ask(local, number, { service: "sts" })).text).toContain(
      "<Code>InvalidParameterValue</Code>",
    );
    const zone = {
      path: "/2013-04-01/hostedzone",
      headers: { "content-type": "application/xml" },
      body: "<a>",
    };
    expect((await ask(local, zone, { service: "route53" })).text).toContain("<Code>MalformedInput</Code>");
  });

  it("names missing required members as the service does", async () => {
    const local = start();
    const role = await ask(local, queryBody({ Action: "AssumeRole", Version: "2011-06-15" }), {
      service: "sts",
    });
    expect(role.text).toContain(
      "<Code>ValidationError</Code><Message>2 validation errors detected: Value null at &apos;roleArn&apos; failed to satisfy constraint: Member must not be null; Value null at &apos;roleSessionName&apos;",
    );
    const ec2 = await ask(local, queryBody({ Action: "CreateTags", Version: "2016-11-15" }), {
      service: "ec2",
    });
    expect(ec2.text).toContain(
      "<Code>MissingParameter</Code><Message>The request must contain the parameter ",
    );
    const data = { Namespace: "A", MetricData: [{ MetricName: "m", Dimensions: [{ Name: "x" }] }] };
    const nested = await ask(local, jsonBody(`${TARGET}.PutMetricData`, data), CLOUDWATCH);
    expect(JSON.parse(nested.text).message).toBe(
      "1 validation error detected: Value null at 'metricData.1.member.dimensions.1.member.value' failed to satisfy constraint: Member must not be null",
    );
  });

  it("refuses signatures in the envelope that the client can read", async () => {
    const local = start();
    const wrong = { secretAccessKey: "wrong" };
    const json = await ask(local, jsonBody(`${TARGET}.DescribeAlarms`, {}), { ...CLOUDWATCH, ...wrong });
    expect(JSON.parse(json.text).__type).toMatch(/#InvalidSignatureException$/);
    expect(json.headers["x-amzn-query-error"]).toBe("InvalidSignatureException;Sender");
    const form = queryBody({ Action: "DescribeInstances", Version: "2016-11-15" });
    expect((await ask(local, form, { service: "ec2", ...wrong })).text).toContain(
      "<Response><Errors><Error><Code>SignatureDoesNotMatch",
    );
    const zones = { method: "GET", path: "/2013-04-01/hostedzone" };
    expect((await ask(local, zones, { service: "route53", ...wrong })).text).toContain("<ErrorResponse");
    const { authorization: _gone, ...headers } = (await signedRequest(form, { service: "ec2" })).headers;
    const unsigned = { ...(await signedRequest(form, { service: "ec2" })), headers };
    expect((await answer(local, unsigned)).text).toContain(
      "<Response><Errors><Error><Code>MissingAuthenticationToken",
    );
    expect(local.requests.size).toBe(0);
  });

  it("refuses a signature for another service", async () => {
    const { status, text } = await ask(start(), jsonBody(`${TARGET}.DescribeAlarms`, {}), { service: "sns" });
    expect(status).toBe(400);
    expect(text).toContain("Credential should be scoped to correct service: 'monitoring'.");
  });

  it("answers InternalFailure and logs when a handler breaks", async () => {
    const logged: string[] = [];
    const broken: LocalService = {
      ...sts,
      handlers: {
        GetCallerIdentity: () => {
          throw new TypeError("oops");
        },
      },
    };
    const local = start({ services: { sts: broken }, log: (message) => logged.push(message) });
    const { status, text } = await ask(
      local,
      queryBody({ Action: "GetCallerIdentity", Version: "2011-06-15" }),
      { service: "sts" },
    );
    expect(status).toBe(500);
    expect(text).toContain("<Type>Receiver</Type><Code>InternalFailure</Code>");
    expect(text).not.toContain("oops");
    expect(logged.join()).toContain("TypeError: oops");
  });

  it("says what to do when schemas are missing", async () => {
    const logged: string[] = [];
    const local = start({ schemaFolder: "/nowhere", log: (message) => logged.push(message) });
    const { status } = await ask(local, queryBody({ Action: "GetCallerIdentity", Version: "2011-06-15" }), {
      service: "sts",
    });
    expect(status).toBe(500);
    expect(logged[0]).toContain("no schemas for sts (looked for /nowhere/sts.json): run npm run schemas");
  });
});

describe("compressed bodies", () => {
  const data = { Namespace: "A", MetricData: [{ MetricName: "m", Value: 1 }] };
  const compressed = (body: Uint8Array): Unsigned => {
    const { headers } = jsonBody(`${TARGET}.PutMetricData`, {});
    return { headers: { ...headers, "content-encoding": "gzip" }, body };
  };

  it("are unpacked after the signature is checked", async () => {
    const local = start();
    const request = compressed(gzipSync(JSON.stringify(data)));
    expect(await ask(local, request, CLOUDWATCH)).toMatchObject({ status: 200 });
    expect(
      (await ask(local, compressed(Buffer.from("x")), { ...CLOUDWATCH, secretAccessKey: "no" })).text,
    ).toContain("InvalidSignature");
    expect((await ask(local, compressed(Buffer.from("x")), CLOUDWATCH)).text).toContain(
      "SerializationException",
    );
  });

  it("come from the SDK's clients, in any protocol", async () => {
    const local = start();
    const MetricData = Array.from({ length: 500 }, (_, i) => ({ MetricName: `metric-${i}`, Value: i }));
    for (const protocol of [{}, { protocol: AwsQueryProtocol }]) {
      const client = new CloudWatchClient({ ...clientOptions(local), ...protocol } as never);
      await client.send(new PutMetricDataCommand({ Namespace: "A", MetricData }));
    }
    expect(local.requests.get("cloudwatch:PutMetricData")).toBe(2);
  });

  it("are bounded, packed and unpacked", async () => {
    const local = start({ maxBodyBytes: 10_000 });
    const bomb = gzipSync(Buffer.alloc(1_000_000));
    expect(await ask(local, compressed(bomb), CLOUDWATCH)).toMatchObject({ status: 413 });
    const large = jsonBody(`${TARGET}.PutMetricData`, "x".repeat(10_001));
    const { status, text } = await ask(local, large, CLOUDWATCH);
    expect(status).toBe(413);
    expect(JSON.parse(text).message).toBe("Request entity is larger than 10000 bytes");
  });
});

describe("injected faults", () => {
  const failing = async (local: LocalCloud): Promise<unknown> =>
    new CloudWatchClient(clientOptions(local)).send(new DescribeAlarmsCommand({})).then(
      () => "fine",
      (error: Error & { code?: string; $metadata?: { httpStatusCode?: number } }) =>
        `${error.name} ${error.$metadata?.httpStatusCode ?? error.code}`,
    );

  it("hit the calls they are meant for", async () => {
    const local = start({
      faults: {
        rules: [
          { operation: "DescribeAlarms", nth: 1, effect: "throttle" },
          { operation: "DescribeAlarms", nth: 2, effect: "error500" },
          { operation: "DescribeAlarms", nth: 3, effect: "error503" },
          { operation: "DescribeAlarms", nth: 4, effect: "accessDenied" },
          { operation: "DescribeAlarms", nth: 5, effect: "expiredToken" },
          { operation: "DescribeAlarms", nth: 6, effect: "timeoutBefore" },
        ],
      },
    });
    const seen = [];
    for (let call = 0; call < 7; call += 1) seen.push(await failing(local));
    expect(seen).toEqual([
      "Throttling 400",
      "InternalFailure 500",
      "ServiceUnavailable 503",
      "AccessDeniedException 400",
      "ExpiredTokenException 400",
      "TimeoutError ECONNRESET",
      "fine",
    ]);
  });

  it("let a call do its work and lose the answer", async () => {
    let calls = 0;
    const counted: LocalService = {
      ...cloudwatch,
      handlers: {
        DescribeAlarms: () => {
          calls += 1;
        },
      },
    };
    const rules = [
      { nth: 1, effect: "timeoutBefore" as const },
      { nth: 2, effect: "timeoutAfterEffect" as const },
    ];
    const local = start({ services: { cloudwatch: counted }, faults: { rules } });
    expect([await failing(local), calls]).toEqual(["TimeoutError ECONNRESET", 0]);
    expect([await failing(local), calls]).toEqual(["TimeoutError ECONNRESET", 1]);
    expect([await failing(local), calls]).toEqual(["fine", 2]);
  });

  it("lose refusals like any other answer", async () => {
    const refusing: LocalService = {
      ...cloudwatch,
      handlers: { DescribeAlarms: () => Promise.reject(new AwsError("ValidationException", "no")) },
    };
    const faults = { rules: [{ nth: 1, effect: "timeoutAfterEffect" as const }] };
    const local = start({ services: { cloudwatch: refusing }, faults });
    expect(await failing(local)).toBe("TimeoutError ECONNRESET");
    expect(await failing(local)).toBe("ValidationException 400");
  });

  it("wait without holding up the rest", async () => {
    const waits: number[] = [];
    const sleep = async (ms: number): Promise<void> => void waits.push(ms);
    const local = start({
      sleep,
      faults: { latencyMs: 20, rules: [{ effect: "latency", latencyMs: 5, count: 1 }] },
    });
    await failing(local);
    await failing(local);
    expect(waits).toEqual([25, 20]);
  });
});

describe("errors that services throw", () => {
  const throwing = (error: AwsError): LocalCloud =>
    start({
      services: { cloudwatch: { ...cloudwatch, handlers: { DescribeAlarms: () => Promise.reject(error) } } },
    });
  const legacy = queryBody({ Action: "DescribeAlarms", Version: "2010-08-01" });

  it("take code, status and members from their shape in each protocol", async () => {
    const local = throwing(
      new AwsError("ResourceNotFoundException", "gone", undefined, { ResourceType: "t", ResourceId: "<i>" }),
    );
    const json = await ask(local, jsonBody(`${TARGET}.DescribeAlarms`, {}), CLOUDWATCH);
    expect(json.status).toBe(404);
    expect(JSON.parse(json.text)).toEqual({
      __type: "com.amazonaws.cloudwatch#ResourceNotFoundException",
      ResourceType: "t",
      ResourceId: "<i>",
      Message: "gone",
    });
    const query = await ask(local, legacy, CLOUDWATCH);
    expect(query.status).toBe(404);
    expect(query.text).toContain(
      "<Type>Sender</Type><Code>ResourceNotFoundException</Code><Message>gone</Message>",
    );
    expect(query.text).toContain("<ResourceId>&lt;i&gt;</ResourceId>");
  });

  it("go by their old names in the query protocol", async () => {
    const local = throwing(new AwsError("InvalidParameterValueException", "bad"));
    const json = await ask(local, jsonBody(`${TARGET}.DescribeAlarms`, {}), CLOUDWATCH);
    expect(json.headers["x-amzn-query-error"]).toBe("InvalidParameterValue;Sender");
    expect((await ask(local, legacy, CLOUDWATCH)).text).toContain("<Code>InvalidParameterValue</Code>");
  });
});
