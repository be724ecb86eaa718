// The notifier watches itself, looks its secrets up where they lie, follows the clock, and forgets no alarm that is gone.
import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  type CloudWatchClient,
  DeleteAlarmsCommand,
  GetMetricStatisticsCommand,
  ListMetricsCommand,
} from "@aws-sdk/client-cloudwatch";
import { CreateKeyCommand, EncryptCommand, KMSClient } from "@aws-sdk/client-kms";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { CreateTopicCommand, ListSubscriptionsByTopicCommand, SubscribeCommand } from "@aws-sdk/client-sns";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Notification } from "../../src/notify/notification.ts";
import { type StubServer, startStubServer } from "../support/stub-server.ts";
import { counterpart } from "./support/counterpart.ts";
import {
  ACCOUNT,
  anAlarm,
  OPS,
  openListenerStage,
  REGION,
  setState,
  listening as startListening,
  until,
} from "./support/listener.ts";
import { motoVersion, startMoto } from "./support/moto.ts";
import type { Stage } from "./support/stage.ts";

let stage: Stage;
let hook: StubServer;
let other: StubServer;
let stop: AbortController;
let tests = 0;

beforeAll(async () => {
  stage = await openListenerStage();
});
afterAll(() => stage.close());
beforeEach(async () => {
  tests += 1;
  hook = await startStubServer();
  other = await startStubServer();
  stop = new AbortController();
  stage.write("watchkeeper.yaml", configuration());
  // Only `listen` makes a state that is named; an empty file is one.
  stage.write(`state-${tests}.db`, "");
});
afterEach(async () => {
  stop.abort();
  await hook.close();
  await other.close();
});

const configuration = (options = ""): string => `version: 1
name: watched
expectAccounts: ["${ACCOUNT}"]
regions: [${REGION}]
policies: []
topics:
  ops: { name: ops }
notifications:
  channels:
    hook: { kind: webhook, url: "${hook.url}/hook"${options} }
    other: { kind: webhook, url: "${other.url}/other" }
  route: { receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s }
`;

const state = (): string[] => ["--state", `state-${tests}.db`];
const quick = (...args: string[]) => stage.quick(["notify", ...args, ...state()]);

const listening = (...args: string[]) =>
  startListening(stage, [...args, ...state()], { signal: stop.signal });

const told = (server: StubServer): string[] =>
  server.requests.map(({ body }) => (JSON.parse(body) as Notification).title);

describe("a notifier's own health", () => {
  it("is put as metrics, and beats", async () => {
    const { ended } = await listening("--queue", "inbox", "--metrics", "--heartbeat", `${other.url}/beat`);
    const { cloudwatch } = stage.person(REGION);
    const found = async () =>
      (await cloudwatch.send(new ListMetricsCommand({ Namespace: "Watchkeeper" }))).Metrics ?? [];
    await until(async () => (await found()).length === 6);
    const names = (await found()).map(
      ({ MetricName, Dimensions = [] }) =>
        `${MetricName} ${Dimensions.map(({ Name, Value }) => `${Name}=${Value}`).join(" ")}`,
    );
    expect(names.sort()).toEqual(
      ["Failed", "OldestPending", "Pending"].flatMap((name) =>
        ["hook", "other"].map((channel) => `${name} Configuration=watched Channel=${channel}`),
      ),
    );
    expect(await pendingAt(cloudwatch)).toEqual([0]);
    expect(other.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(["GET /beat"]);
    stop.abort();
    await ended;
  });

  it("is told of through another channel, on the time of a clock that jumps", async () => {
    hook.answer = (response) => void response.writeHead(503).end();
    const { ended } = await listening("--queue", "inbox", "--reconcile", "0");
    await anAlarm(stage, "unheard", OPS);
    await setState(stage, "unheard", "OK", "ALARM");
    await until(() => hook.requests.length > 0);
    expect(other.requests).toEqual([]);
    await stage.advance("6m");
    await until(() => other.requests.length === 1);
    expect(told(other)[0]).toMatch(/^ALARM {2}messages for hook aren't delivered/);
    let isTaken = false;
    hook.answer = (response, { body }) => {
      isTaken ||= body.includes("unheard");
      response.end();
    };
    await stage.advance("2m");
    await until(() => isTaken);
    await stage.advance("2m");
    await until(() => told(other).some((title) => /^OK {2}messages for hook aren't delivered/.test(title)));
    await setState(stage, "unheard", "OK");
    stop.abort();
    await ended;
  });

  it("counts what was under way when it is stopped as what became of it", async () => {
    let answer = (): void => undefined;
    hook.answer = (response) => {
      answer = () => void response.end();
    };
    const http = ["--http", "0", "--trust-local"];
    const { address, ended } = await listening("--queue", "inbox", "--reconcile", "0", ...http);
    await anAlarm(stage, "late", OPS);
    await setState(stage, "late", "OK", "ALARM");
    await until(() => hook.requests.length === 1);
    stop.abort();
    const refuses = () =>
      fetch(address).then(
        () => false,
        () => true,
      );
    await until(refuses);
    answer();
    expect(await ended).toMatchObject({ code: 0, stdout: expect.stringMatching(/^stopped$/m) });
    await stage.person(REGION).cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ["late"] }));
  });

  it("isn't well once its state's file is gone", async () => {
    const { address, ended } = await listening("--http", "0", "--trust-local", "--reconcile", "0");
    const health = () => fetch(`${address}/health`);
    expect((await health()).status).toBe(200);
    const file = join(stage.folder, state()[1] ?? "");
    rmSync(file);
    const answer = await health();
    expect([answer.status, await answer.text()]).toEqual([
      503,
      expect.stringContaining(`${file} was removed or replaced`),
    ]);
    stop.abort();
    await ended;
  });

  async function pendingAt(cloudwatch: CloudWatchClient): Promise<unknown[]> {
    const now = Date.now();
    const { Datapoints = [] } = await cloudwatch.send(
      new GetMetricStatisticsCommand({
        Namespace: "Watchkeeper",
        MetricName: "Pending",
        Dimensions: [
          { Name: "Configuration", Value: "watched" },
          { Name: "Channel", Value: "hook" },
        ],
        StartTime: new Date(now - 3_600_000),
        EndTime: new Date(now + 86_400_000),
        Period: 86_400,
        Statistics: ["Maximum"],
      }),
    );
    return Datapoints.map(({ Maximum }) => Maximum);
  }
});

describe("an HTTP subscription", () => {
  it("is confirmed, and then tells", async () => {
    const { address, ended } = await listening("--http", "0", "--trust-local", "--reconcile", "0");
    const { sns } = stage.person(REGION);
    const { SubscriptionArn } = await sns.send(
      new SubscribeCommand({ TopicArn: OPS, Protocol: "http", Endpoint: `${address}/` }),
    );
    expect(SubscriptionArn).toBe("pending confirmation");
    await until(async () => {
      const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: OPS }));
      return Subscriptions.some(
        ({ Protocol, SubscriptionArn: arn = "" }) => Protocol === "http" && arn.startsWith("arn:"),
      );
    });
    await anAlarm(stage, "by-http", OPS);
    await setState(stage, "by-http", "OK", "ALARM");
    await until(() => told(hook).some((title) => /^ALARM {2}by-http/.test(title)));
    await setState(stage, "by-http", "OK");
    await until(() => told(hook).some((title) => /^OK {2}by-http/.test(title)));
    // Somebody else's topic isn't confirmed.
    const { TopicArn = "" } = await sns.send(new CreateTopicCommand({ Name: "others" }));
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: "http", Endpoint: `${address}/` }));
    await stage.advance("1m");
    const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    expect(Subscriptions.map(({ SubscriptionArn: arn }) => arn)).toEqual(["PendingConfirmation"]);
    stop.abort();
    await ended;
  });
});

describe("an alarm that is deleted while it fires", () => {
  it("is told as over by reconcile, once", async () => {
    await anAlarm(stage, "gone-cpu", OPS);
    await setState(stage, "gone-cpu", "OK", "ALARM");
    await stage.advance("2m");
    expect((await quick("reconcile")).stdout).toMatch(/: 1 had been missed, 0/);
    await stage.person(REGION).cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ["gone-cpu"] }));
    await stage.advance("2m");
    expect((await quick("reconcile")).stdout).toMatch(/: 0 had been missed, 1/);
    await stage.advance("2m");
    expect((await quick("reconcile")).stdout).toMatch(/: 0 had been missed, 0/);
    const own = hook.requests
      .map(({ body }) => JSON.parse(body) as Notification)
      .filter(({ title }) => title.includes("gone-cpu"));
    expect(own.map(({ status, reason }) => [status, reason])).toEqual([
      ["firing", "first-notification"],
      ["resolved", "all-resolved"],
    ]);
    expect(own[1]?.alerts[0]?.text.reason).toBe("The alarm no longer exists.");
  });
});

describe("secrets", () => {
  const authorizations = (): unknown[] => hook.requests.map(({ headers }) => headers["authorization"]);

  it("are parameters of Systems Manager", async () => {
    const { accessKeyId = "", secretAccessKey = "" } = stage.local.accounts.all[0] ?? {};
    const ssm = new SSMClient({
      endpoint: stage.endpoint,
      region: REGION,
      credentials: { accessKeyId, secretAccessKey },
    });
    await ssm.send(
      new PutParameterCommand({ Name: "/hook/authorization", Value: "Bearer hunter2", Type: "SecureString" }),
    );
    ssm.destroy();
    stage.write("watchkeeper.yaml", configuration(', authorization: "ssm:/hook/authorization"'));
    expect((await stage.quick(["notify", "test", "hook"])).code).toBe(0);
    expect(authorizations()).toEqual(["Bearer hunter2"]);
    stage.write("watchkeeper.yaml", configuration(', authorization: "ssm:/hook/nothing"'));
    const missing = await stage.quick(["notify", "test", "hook"]);
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("channel hook, authorization:"),
    });
  });

  it("that lie where the local cloud has nothing are missed at the start, not in the night", async () => {
    stage.write("watchkeeper.yaml", configuration(', authorization: "secretsmanager:hook"'));
    const missing = await stage.quick(["notify", "test", "hook"]);
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("channel hook, authorization:"),
    });
    expect(hook.requests).toEqual([]);
  });
});

const version = motoVersion();
const moto = counterpart(version && `moto ${version}`, "moto isn't installed (pip install moto[server])");

describe.skipIf(moto.absent)(moto.title("secrets elsewhere"), () => {
  it("are members of Secrets Manager's, and texts that KMS encrypted", async () => {
    const { endpoint, close } = await startMoto();
    const options = {
      endpoint,
      region: REGION,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    };
    const secrets = new SecretsManagerClient(options);
    const kms = new KMSClient(options);
    try {
      await secrets.send(
        new CreateSecretCommand({ Name: "team/hook", SecretString: '{"authorization":"Bearer of secrets"}' }),
      );
      const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
      const { CiphertextBlob = new Uint8Array() } = await kms.send(
        new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: Buffer.from("Bearer of keys") }),
      );
      const environment = {
        AWS_ENDPOINT_URL: endpoint,
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
      };
      for (const reference of [
        "secretsmanager:team/hook#authorization",
        `kms:${Buffer.from(CiphertextBlob).toString("base64")}`,
      ]) {
        const text = configuration(`, authorization: "${reference}"`).replace(ACCOUNT, "123456789012");
        stage.write("watchkeeper.yaml", text);
        const { code, stderr } = await stage.quick(["notify", "test", "hook"], { environment });
        expect([code, stderr]).toEqual([0, expect.not.stringContaining("Bearer")]);
      }
      expect(hook.requests.map(({ headers }) => headers["authorization"])).toEqual([
        "Bearer of secrets",
        "Bearer of keys",
      ]);
    } finally {
      secrets.destroy();
      kms.destroy();
      close();
    }
  });
});
