// What features count on when they reach AWS, held against the local cloud in this process.
import {
  CreateVolumeCommand,
  EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { beforeAll, describe, expect, it } from "vitest";
import { snapshotSchemas } from "../../scripts/snapshot-schemas.ts";
import { type ConnectOptions, connect } from "../../src/aws/connect.ts";
import { describeAlarms } from "../../src/aws/describe-alarms.ts";
import { readQuotas } from "../../src/aws/read-quotas.ts";
import { listResources } from "../../src/inventory/list-resources.ts";
import { resourceType } from "../../src/inventory/registry.ts";
import { DEFAULT_ACCOUNTS } from "../../src/local/accounts.ts";
import { listen } from "../../src/local/listen.ts";
import { createLocalCloud, type LocalCloud } from "../../src/local/server.ts";
import { type Context, silentLogger } from "../../src/support/context.ts";

const REGION = "eu-central-1";
const [MAIN] = DEFAULT_ACCOUNTS as [(typeof DEFAULT_ACCOUNTS)[0]];

/** Time stands still and every wait is over at once: pacing is tested elsewhere. */
function context(): Context {
  let now = 0;
  const clock = {
    now: () => new Date(now),
    sleep: async (ms: number) => {
      now += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  return { clock, random: () => 0.5, signal: new AbortController().signal, log: silentLogger };
}

function options(local: LocalCloud, more: Partial<ConnectOptions> = {}): ConnectOptions {
  return {
    accounts: [],
    context: context(),
    environment: {
      AWS_ACCESS_KEY_ID: MAIN.accessKeyId,
      AWS_SECRET_ACCESS_KEY: MAIN.secretAccessKey,
      AWS_REGION: REGION,
    },
    version: "0.0.0",
    requestHandler: local.requestHandler(),
    ...more,
  };
}

async function session(local: LocalCloud, more: Partial<ConnectOptions> = {}) {
  const { accounts, calls } = await connect(options(local, more));
  const [account] = accounts;
  if (!account || "error" in account) throw account?.error ?? new Error("no account");
  return { session: account.session, calls };
}

function ec2(local: LocalCloud): EC2Client {
  return new EC2Client({
    region: REGION,
    credentials: { accessKeyId: MAIN.accessKeyId, secretAccessKey: MAIN.secretAccessKey },
    requestHandler: local.requestHandler(),
  });
}

beforeAll(async () => {
  await snapshotSchemas();
});

describe("sessions", () => {
  it("know the account, also that of an assumed role", async () => {
    const local = createLocalCloud();
    const { accounts } = await connect(
      options(local, { accounts: [{}, { roleArn: "arn:aws:iam::444455556666:role/watch" }] }),
    );
    expect(accounts.map((account) => ("error" in account ? account.error : account.session.account))).toEqual(
      ["111122223333", "444455556666"],
    );
  });

  it("say that a secret is wrong, without telling it", async () => {
    const environment = {
      AWS_ACCESS_KEY_ID: MAIN.accessKeyId,
      AWS_SECRET_ACCESS_KEY: "wrong-one",
      AWS_REGION: REGION,
    };
    const { accounts } = await connect(options(createLocalCloud(), { environment }));
    expect(accounts[0]).toMatchObject({
      error: { code: "InvalidCredentials", message: expect.not.stringContaining("wrong-one") },
    });
  });

  it.each(["ec2", "cloudwatch", "sns"] as const)("name what is denied in %s", async (service) => {
    const local = createLocalCloud({ faults: { deniedRegions: ["us-east-1"] } });
    const { session: aws } = await session(local);
    const denied = aws.inRegion("us-east-1");
    const call = {
      ec2: () => denied.send("ec2", "DescribeInstances", {}),
      cloudwatch: () => denied.send("cloudwatch", "DescribeAlarms", {}),
      sns: () => denied.send("sns", "ListTopics", {}),
    }[service];
    await expect(call()).rejects.toMatchObject({
      code: "AccessDenied",
      message: expect.stringContaining("111122223333 us-east-1"),
    });
  });

  it("get through throttling, server errors and lost answers by themselves", async () => {
    const rules = (["throttle", "error500", "error503", "timeoutBefore", "timeoutAfterEffect"] as const).map(
      (effect, i) => ({ effect, operation: "PutMetricAlarm", nth: i + 1 }),
    );
    const local = createLocalCloud({ faults: { rules } });
    const { session: aws, calls } = await session(local);
    await aws.send("cloudwatch", "PutMetricAlarm", alarm("a"));
    expect(calls.made()["cloudwatch:PutMetricAlarm"]).toBeGreaterThan(1);
    expect(calls.refused()).toEqual({ "cloudwatch:PutMetricAlarm": 1 });
    expect(local.requests.get("cloudwatch:PutMetricAlarm")).toBe(calls.made()["cloudwatch:PutMetricAlarm"]);
  });

  it("say that the clock is off", async () => {
    const local = createLocalCloud({ hostNow: () => Date.now() + 3_600_000 });
    const { accounts } = await connect(options(local));
    expect(accounts[0]).toMatchObject({
      error: { code: "RequestExpired", remedy: "set this machine's clock" },
    });
  });

  it("learn the account's quotas", async () => {
    const { session: aws } = await session(createLocalCloud());
    const found = await readQuotas(aws, context());
    expect([...found.keys()].sort()).toEqual([
      "DescribeAlarms",
      "GetMetricData",
      "ListMetrics",
      "PutCompositeAlarm",
      "PutMetricAlarm",
    ]);
  });
});

function alarm(name: string) {
  return {
    AlarmName: name,
    Namespace: "AWS/EC2",
    MetricName: "CPUUtilization",
    Statistic: "Average" as const,
    Period: 300,
    EvaluationPeriods: 1,
    Threshold: 90.5,
    ComparisonOperator: "GreaterThanThreshold" as const,
    Dimensions: [{ Name: "InstanceId", Value: "i-1" }],
  };
}

describe("over a socket", () => {
  const overHttp = (local: LocalCloud, endpoint: string): ConnectOptions => {
    const { requestHandler: _, ...rest } = options(local);
    return { ...rest, endpoint };
  };

  it("work the same, and say where nobody answers", async () => {
    const local = createLocalCloud();
    const listening = await listen(local);
    const { accounts, close } = await connect(overHttp(local, listening.endpoint));
    const [account] = accounts;
    if (!account || "error" in account) throw account?.error ?? new Error("no account");
    expect(account.session.account).toBe("111122223333");
    await account.session.send("ec2", "DescribeInstances", {});
    close();
    await listening.close();
    const deaf = await connect(overHttp(local, listening.endpoint));
    expect(deaf.accounts[0]).toMatchObject({ error: { code: "Network", source: "aws" } });
  });
});

describe("describeAlarms", () => {
  it("reads every page of both kinds as the SDK would", async () => {
    const local = createLocalCloud();
    const { session: aws, calls } = await session(local);
    for (let i = 0; i < 120; i += 1) await aws.send("cloudwatch", "PutMetricAlarm", alarm(`a-${i}`));
    await aws.send("cloudwatch", "PutCompositeAlarm", {
      AlarmName: "both",
      AlarmRule: "ALARM(a-1) AND ALARM(a-2)",
    });
    const names: (string | undefined)[] = [];
    for await (const page of describeAlarms(aws)) {
      expect([...page.unknownFields]).toEqual([]);
      for (const one of [...page.metricAlarms, ...page.compositeAlarms]) {
        names.push(one.AlarmName);
        expect(one.AlarmConfigurationUpdatedTimestamp).toBeInstanceOf(Date);
      }
      for (const one of page.metricAlarms) expect(one).toMatchObject(alarm(one.AlarmName ?? ""));
    }
    expect(new Set(names).size).toBe(121);
    expect(calls.made()["cloudwatch:DescribeAlarms"]).toBe(2);
  });
});

describe("inventory", () => {
  it("finds instances and volumes with their facts, and terminated ones as such", async () => {
    const local = createLocalCloud();
    const client = ec2(local);
    const run = async (InstanceType: "t3.micro" | "m4.large", Name: string): Promise<string> => {
      const { Instances } = await client.send(
        new RunInstancesCommand({
          ImageId: "ami-0123456789abcdef0",
          InstanceType,
          MinCount: 1,
          MaxCount: 1,
          TagSpecifications: [{ ResourceType: "instance", Tags: [{ Key: "Name", Value: Name }] }],
        }),
      );
      return Instances?.[0]?.InstanceId ?? "";
    };
    const burstable = await run("t3.micro", "web 前端");
    const gone = await run("m4.large", "old");
    await client.send(
      new CreateVolumeCommand({ AvailabilityZone: `${REGION}a`, Size: 10, VolumeType: "gp2" }),
    );
    await client.send(new TerminateInstancesCommand({ InstanceIds: [gone] }));
    await local.cloud.clock.advance(300_000);

    const { session: aws } = await session(local);
    const { resources, scopes } = await listResources(aws, ["ec2.instance", "ebs.volume"], context(), {
      needCreditSpecs: true,
    });
    expect(scopes.every((scope) => scope.complete)).toBe(true);
    const byId = new Map(resources.map((resource) => [resource.id, resource]));
    expect(byId.get(burstable)).toMatchObject({
      name: "web 前端",
      state: "running",
      arn: `arn:aws:ec2:${REGION}:111122223333:instance/${burstable}`,
      facts: { instanceType: "t3.micro", burstable: true, nitro: true, creditMode: "unlimited" },
    });
    expect(byId.get(gone)).toMatchObject({ state: "terminated" });
    const volumes = resources.filter(({ type }) => type === "ebs.volume");
    expect(
      volumes.some(({ facts }) => facts["attachedInstanceId"] === burstable && facts["root"] === true),
    ).toBe(true);
    expect(volumes.some(({ state, facts }) => state === "available" && facts["burstBalance"] === true)).toBe(
      true,
    );

    const found = await resourceType("ec2.instance")?.findExisting(aws, [burstable, "i-0000000000000dead"]);
    expect([...(found?.keys() ?? [])]).toEqual([burstable]);
    const [volume] = volumes;
    const volumesFound = await resourceType("ebs.volume")?.findExisting(aws, [
      volume?.id ?? "",
      "vol-0000000000000dead",
    ]);
    expect([...(volumesFound?.keys() ?? [])]).toEqual([volume?.id]);
  });
});
