// The whole way of a repair: a server hangs, its alarm fires, the listener keeps evidence, reboots it, proves that, starts what ran on
// it, asks its endpoint, and tells all of it in the alarm's thread; or calls people where that didn't help.
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type FakeSlack, startFakeSlack } from "../support/fake-slack.ts";
import { freePort } from "../support/free-port.ts";
import { openStage, type Stage } from "./support/stage.ts";

const ACCOUNT = "111122223333";
const REGION = "eu-central-1";

interface Run {
  readonly id: string;
  readonly verdict: string | null;
  readonly instance: { readonly name: string };
}

/** Each server tells by a tag on which port of loopback its service answers. */
function scenario(port: number, other: number): string {
  return `
version: 1
seed: 3
region: ${REGION}
groups:
  - name: frozen
    names: app-1
    platform: ubuntu
    tags: { "watchkeeper:remediate": "yes", Port: "${port}" }
    profile: { role: watched, policies: [AmazonSSMManagedInstanceCore] }
    launched: 6d ago
    monitoring: detailed
    guest:
      frozenAt: "+10m"
      services: [{ name: app, kind: compose, containers: [app-web-1], port: 8080, listener: ${port} }]
  - name: stuck
    names: stuck-1
    platform: ubuntu
    tags: { "watchkeeper:remediate": "yes", Port: "${other}" }
    profile: watched
    launched: 6d ago
    monitoring: detailed
    guest:
      frozenAt: "+10m"
      reboot: never
      services: [{ name: shop, port: 80, listener: ${other} }]
`;
}

function configuration(slack: string): string {
  return `version: 1
name: care
expectAccounts: ["${ACCOUNT}"]
regions: [${REGION}]
policies:
  - name: servers
    select: { type: ec2.instance }
    alarms:
      status-instance:
        namespace: AWS/EC2
        metricName: StatusCheckFailed_Instance
        dimensions: { InstanceId: $resource.id }
        statistic: Maximum
        period: 1m
        evaluationPeriods: 2
        comparisonOperator: GreaterThanOrEqualToThreshold
        threshold: 1
        severity: critical
severities:
  critical: { alarm: [team], ok: [team] }
topics:
  team: { name: team }
notifications:
  listen: { queue: care-inbox }
  channels:
    team: { kind: slack, token: "env:SLACK_TOKEN", channel: C0TEAM, server: "${slack}", mention: "@here" }
    oncall: { kind: slack, token: "env:SLACK_TOKEN", channel: C0ONCALL, server: "${slack}", mention: "@channel" }
  route: { receiver: team, group_by: [alertname], group_wait: 0s }
remediation:
  runbooks:
    frozen:
      use: frozen-instance
      page: [oncall]
      settle: 2m
      ladder:
        - reboot:
            - reboot: { timeout: 12m }
            - waitFor: { until: ssm, timeout: 10m }
            - runCommand: { commands: ["docker compose up -d"], workingDirectory: /home/ubuntu }
      checks: [{ http: { url: "http://127.0.0.1:$resource.tags.Port/", timeout: 1s } }]
`;
}

let stage: Stage;
let slack: FakeSlack;
let stop = new AbortController();

async function opened(): Promise<void> {
  slack = await startFakeSlack({ now: () => performance.now(), burst: 500, perSecond: 500 });
  stage = await openStage(scenario(await freePort(), await freePort()), configuration(slack.url));
  const applied = await stage.quick(["apply", "--yes"]);
  expect(applied).toMatchObject({ code: 0, stderr: "" });
}

/** Moves the clock on in steps, leaving the listener time to look, until it is so. */
async function until(what: () => boolean | Promise<boolean>, steps = 60): Promise<void> {
  for (let step = 0; step < steps; step += 1) {
    if (await what()) return;
    await stage.advance("80s");
    await new Promise((done) => setTimeout(done, 400));
  }
  throw new Error(`it isn't so after ${steps} minutes: ${what}`);
}

async function runs(): Promise<readonly Run[]> {
  // The listener makes it when it starts.
  if (!existsSync(join(stage.folder, "state.db"))) return [];
  const { runs: found } = await stage.json(["remediate", "list", "--state", "state.db"]);
  return found as readonly Run[];
}

const verdictOf = async (name: string): Promise<string | null | undefined> =>
  (await runs()).find(({ instance }) => instance.name === name)?.verdict;

const LISTEN = ["notify", "listen", "--state", "state.db"];
const ENVIRONMENT = { SLACK_TOKEN: "xoxb-test" };

/** Who was called about repairs. A busy machine may make the listener say that its own messages are late: that goes there, too. */
const pagesSent = () =>
  slack.posts.filter(
    ({ channel, body }) => channel === "C0ONCALL" && String(body["text"]).includes("REPAIR"),
  );

/** What was said in the thread of the alarm of an instance in the team's channel. */
function threadOf(name: string): readonly string[] {
  const first = slack.posts.find(
    ({ thread, channel, body }) =>
      thread === undefined && channel === "C0TEAM" && String(body["text"]).includes(name),
  );
  return slack.posts
    .filter(({ thread }) => thread !== undefined && thread === first?.ts)
    .map(({ body }) => String(body["text"]));
}

describe("a listener whose configuration has runbooks", () => {
  beforeAll(opened);
  afterAll(async () => {
    await stage.close();
    await slack.close();
  });
  afterEach(() => stop.abort());

  it("repairs a server that hangs, proves it, and tells all in its thread; calls people when a reboot never happens", {
    timeout: 180_000,
  }, async () => {
    stop = new AbortController();
    const ended = stage.quick(LISTEN, { environment: ENVIRONMENT, signal: stop.signal });
    await until(async () => (await verdictOf("app-1")) === "fixed" && (await verdictOf("stuck-1")) !== null);
    await until(() => pagesSent().length > 0);
    stop.abort();
    expect(await ended).toMatchObject({ code: 0 });

    const told = threadOf("app-1").filter((text) => text.includes("REPAIR"));
    const order = ["runbook frozen", "evidence", "rebooted: ", "ran ", "fixed"];
    expect(order.map((word) => told.findIndex((text) => text.includes(word)))).toEqual([0, 1, 2, 3, 4]);

    expect(["never-rebooted", "unknown"]).toContain(await verdictOf("stuck-1"));
    const pages = pagesSent();
    expect(pages).toHaveLength(1);
    expect(String(pages[0]?.body["text"])).toMatch(/<!channel>.*REPAIR {2}stuck-1/);
    // Each was asked once, and nobody else was touched.
    expect(stage.local.requests.get("ec2:RebootInstances")).toBe(2);
  });

  it("shows what it did, and what it kept", async () => {
    const run = (await runs()).find(({ instance }) => instance.name === "app-1");
    const shown = await stage.quick(["remediate", "show", run?.id ?? "", "--state", "state.db"]);
    expect(shown.stdout).toContain("fixed: ");
    expect(shown.stdout).toMatch(/ok {2}opt-in/);
    expect(shown.stdout).toContain("blocked for more than 122 seconds");
    const whole = await stage.json(["remediate", "show", run?.id ?? "", "--state", "state.db"]);
    expect(whole["run"]).toMatchObject({ verdict: "fixed", instance: { name: "app-1" } });
  });
});

describe("a listener that is killed while it repairs", () => {
  beforeAll(opened);
  afterAll(async () => {
    await stage.close();
    await slack.close();
  });

  it("goes on where it was: one reboot, one verdict, one page", { timeout: 180_000 }, async () => {
    const kills = 3;
    for (let life = 0; life <= kills; life += 1) {
      const child = stage.begin(LISTEN, { environment: ENVIRONMENT, timeoutMs: 120_000 });
      const gone = once(child, "exit");
      const before = (await runs()).flatMap(({ verdict }) => verdict ?? []).length;
      const last = life === kills;
      let minutes = 0;
      await until(async () => {
        minutes += 1;
        const verdicts = (await runs()).flatMap(({ verdict }) => verdict ?? []).length;
        return last ? verdicts === 2 && pagesSent().length > 0 : verdicts > before || minutes > 11 + 2 * life;
      });
      child.kill(last ? "SIGTERM" : "SIGKILL");
      await gone;
    }
    expect(await verdictOf("app-1")).toBe("fixed");
    expect(["never-rebooted", "unknown"]).toContain(await verdictOf("stuck-1"));
    expect(stage.local.requests.get("ec2:RebootInstances")).toBe(2);
    expect(pagesSent()).toHaveLength(1);
  });
});
