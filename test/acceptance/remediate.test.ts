// The commands around repairs, as people and scripts use them: what they print, what they leave alone, how they end.
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSqliteStore } from "../../src/state/sqlite-store.ts";
import { freePort } from "../support/free-port.ts";
import { differences, documented } from "./support/json-page.ts";
import { type CommandOptions, openStage, type Stage } from "./support/stage.ts";

/** One whose application answers, one whose application is broken, one that nobody opted in. */
const scenario = (port: number): string => `
version: 1
seed: 11
region: eu-central-1
groups:
  - name: app
    names: app-1
    platform: ubuntu
    tags: { "watchkeeper:remediate": "yes", Port: "${port}" }
    profile: { role: watched, policies: [AmazonSSMManagedInstanceCore] }
    launched: 6d ago
    guest: { services: [{ name: app, kind: compose, containers: [web], port: 8080, listener: ${port} }] }
  - { name: broken, names: app-2, platform: ubuntu, profile: watched, launched: 6d ago, tags: { "watchkeeper:remediate": "yes", Port: "9" } }
  - { name: unasked, names: db-1, platform: ubuntu, profile: watched, launched: 6d ago }
`;

const configuration = (more = ""): string => `version: 1
name: care
regions: [eu-central-1]
policies: []
remediation:
  ${more}
  runbooks:
    start:
      trigger: alertname="stuck"
      ladder: [{ start: [{ runCommand: { commands: [sleep 60], timeout: 5m } }] }]
      checks: [{ http: "http://127.0.0.1:$resource.tags.Port/" }]
      settle: 30s
`;

let stage: Stage;
let ids: Readonly<Record<string, string>> = {};
beforeAll(async () => {
  stage = await openStage(scenario(await freePort()), configuration());
  const { resources } = await stage.json(["inventory", "--type", "ec2.instance"]);
  ids = Object.fromEntries(
    (resources as readonly { readonly name: string; readonly id: string }[]).map(({ name, id }) => [
      name,
      id,
    ]),
  );
});
afterAll(() => stage.close());

/** Makes a state, as a listener's first start does; answers the option that names it. */
async function madeState(name: string): Promise<readonly string[]> {
  await (await openSqliteStore(join(stage.folder, name))).close();
  return ["--state", name];
}

const run = (name: string, ...more: readonly string[]): readonly string[] => [
  "remediate",
  "run",
  "start",
  "--instance",
  ids[name] ?? name,
  ...more,
];

/** Runs a command while virtual time flies. */
async function flying(args: readonly string[], options: CommandOptions = {}) {
  let over = false;
  const running = stage.quick(args, options).finally(() => {
    over = true;
  });
  while (!over) {
    await stage.advance("5s");
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  return running;
}

/** What a command changed in AWS: operations that neither look nor list. */
async function changes(work: () => Promise<unknown>): Promise<readonly string[]> {
  const before = new Map(stage.local.requests);
  await work();
  const called = [...stage.local.requests].filter(([name, count]) => count !== before.get(name));
  return called.map(([name]) => name).filter((name) => !/:(Describe|List|Get)/.test(name));
}

function expectAsDocumented(heading: string, text: string): Record<string, unknown> {
  const answer = JSON.parse(text) as Record<string, unknown>;
  expect(differences(answer, documented(heading), heading)).toEqual([]);
  expect(answer["version"]).toBe(1);
  return answer;
}

/** Begins a repair and stops watching as soon as something is told of it; answers its id. */
async function left(state: string): Promise<string> {
  const controller = new AbortController();
  const stopped = await flying(run("app-1", "--yes", ...(await madeState(state))), {
    signal: controller.signal,
    onOutput: (text) => {
      if (/Z {2}evidence/.test(text)) controller.abort();
    },
  });
  const id = /left under way; watchkeeper remediate resume (\S+) goes on/.exec(stopped.stdout)?.[1];
  if (id === undefined) throw new Error(stopped.stdout + stopped.stderr);
  expect(stopped.code).toBe(1);
  return id;
}

describe("remediate run", () => {
  it("says what it would do, and does nothing, with --dry-run", async () => {
    const dry = await changes(async () => {
      const { code, stdout, stderr } = await stage.quick(run("app-1", "--dry-run"));
      expect(code).toBe(0);
      expect(stderr).toMatch(/^there was no state at /);
      expect(stdout).toMatch(/ok {2}opt-in/);
      expect(stdout).toContain("nothing stands against it. It would\n");
      expect(stdout).toContain("run sleep 60, at most 5 min");
      expect(Math.max(...stdout.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(120);
      const json = await stage.quick(run("app-1", "--dry-run", "--json"));
      expect(expectAsDocumented("remediate run", json.stdout)).toMatchObject({ decision: { act: "repair" } });
    });
    expect(dry).toEqual([]);
    const list = await stage.quick(["remediate", "list"]);
    expect(list.stdout).toMatch(/^nothing was repaired, and nothing waits to be: there is no state at\s/);
  });

  it("does nothing either where the configuration says dryRun", async () => {
    stage.write("dry.yaml", configuration("dryRun: true"));
    const dry = await changes(async () => {
      const state = await madeState("dry.db");
      const { code, stdout } = await stage.quick(run("app-1", "--yes", "-c", "dry.yaml", ...state));
      expect([code, stdout.includes("It would")]).toEqual([0, true]);
    });
    expect(dry).toEqual([]);
  });

  it("asks first; without a terminal it wants --yes, and does nothing", async () => {
    const state = await madeState("asked.db");
    const nothing = await changes(async () => {
      const silent = await stage.quick(run("app-1", ...state));
      expect(silent).toMatchObject({ code: 1, stderr: expect.stringContaining("--yes") });
      const json = await stage.quick(run("app-1", "--json", ...state));
      expect(json.code).toBe(1);
      const refused = await stage.quick(run("app-1", ...state), { typed: "n" });
      expect(refused.stderr).toContain("Repair app-1 in 111122223333 eu-central-1 so? [y/N]");
    });
    expect(nothing).toEqual([]);
    const { code, stdout } = await flying(run("app-1", ...state), { typed: "y" });
    expect(code).toBe(0);
    expect(stdout).toMatch(/Z {2}fixed: status 200\n$/);
    const { runs } = await stage.json(["remediate", "list", ...state]);
    expect(runs).toMatchObject([{ verdict: "fixed", trigger: { kind: "manual" } }]);
  });

  it("ends with 1 when it didn't help", async () => {
    const { code, stdout } = await flying(run("app-2", "--yes", "--json", ...(await madeState("broken.db"))));
    expect(code).toBe(1);
    expect(expectAsDocumented("remediate run", stdout)).toMatchObject({ run: { verdict: "not-fixed" } });
  });

  it("is refused by the guards, and says by which", async () => {
    const state = await madeState("refused.db");
    const nothing = await changes(async () => {
      for (const more of [["--yes"], ["--dry-run"]]) {
        const { code, stdout } = await stage.quick(run("db-1", ...more, ...state));
        expect(code).toBe(1);
        expect(stdout).toMatch(/no {2}opt-in {11}has no tag watchkeeper:remediate/);
        expect(stdout).toMatch(/nothing would be done: has no tag/);
      }
      const json = await stage.quick(run("db-1", "--yes", "--json", ...state));
      expect(json.code).toBe(1);
      expect(expectAsDocumented("remediate run", json.stdout)).toMatchObject({
        decision: { act: "end", reason: { code: "not-opted-in" } },
      });
    });
    expect(nothing).toEqual([]);
  });

  it.each([
    [
      ["remediate", "run", "stat", "--instance", "i-0123456789abcdef0"],
      "unknown-runbook",
      "runbooks are start",
    ],
    [["remediate", "run", "start", "--instance", "i-0123456789abcdef0"], "unknown-instance", "inventory"],
    [["remediate", "show", "nobody"], "unknown-run", "remediate list"],
    [["remediate", "resume", "nobody"], "unknown-run", "remediate list"],
    [["remediate", "cancel", "nobody"], "unknown-run", "remediate list"],
    [["remediate", "explain", "nowhere.json"], "no-event", "SNS"],
  ])("%j fails with %s", async (args, code, remedy) => {
    const failed = await stage.quick([...args, "--json", ...(await madeState("empty.db"))]);
    expect(failed.code).toBe(1);
    const { error } = expectAsDocumented("Errors", failed.stdout) as {
      readonly error: { readonly remedy: string };
    };
    expect(error).toMatchObject({ code });
    expect(error.remedy).toContain(remedy);
  });

  it("needs runbooks", async () => {
    stage.write("bare.yaml", "version: 1\nname: care\nregions: [eu-central-1]\npolicies: []\n");
    const { code, stderr } = await stage.quick(["remediate", "list", "-c", "bare.yaml"]);
    expect(code).toBe(1);
    expect(stderr).toContain("bare.yaml has no remediation:, so nothing may be repaired");
  });
});

describe("a repair that somebody stops watching", () => {
  const state = ["--state", "left.db"];

  it("is left under way, listed, and taken on by resume with each effect once", async () => {
    const before = stage.local.requests.get("ssm:SendCommand") ?? 0;
    const id = await left("left.db");
    const listed = await stage.quick(["remediate", "list", ...state]);
    expect(listed.stdout).toMatch(new RegExp(`^${id} .* under way`, "m"));
    const shown = await stage.quick(["remediate", "show", id, ...state]);
    expect(shown.stdout).toMatch(/evidence {2}ok/);
    const resumed = await flying(["remediate", "resume", id, ...state]);
    expect(resumed).toMatchObject({ code: 0, stdout: expect.stringContaining("fixed: status 200") });
    // Its evidence, and its command.
    expect(stage.local.requests.get("ssm:SendCommand")).toBe(before + 2);
  });

  it("is over after that", async () => {
    const nothing = await stage.quick(["remediate", "resume", ...state]);
    expect(nothing).toMatchObject({ code: 0, stdout: "no repair is under way\n" });
    const json = await stage.quick(["remediate", "resume", "--json", ...state]);
    expect(expectAsDocumented("remediate resume", json.stdout)).toEqual({ version: 1, runs: [] });
    const { runs } = (await stage.json(["remediate", "list", ...state])) as { runs: [{ id: string }] };
    const ended = await stage.quick(["remediate", "cancel", runs[0].id, ...state]);
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining("has ended: fixed") });
  });

  it("is cancelled before its next effect", async () => {
    const id = await left("cancelled.db");
    const cancelled = await stage.quick(["remediate", "cancel", id, "--json", "--state", "cancelled.db"]);
    expectAsDocumented("remediate cancel", cancelled.stdout);
    const ended = await changes(async () => {
      const resumed = await flying(["remediate", "resume", "--json", "--state", "cancelled.db"]);
      expect(resumed.code).toBe(1);
      expect(expectAsDocumented("remediate resume", resumed.stdout)).toMatchObject({
        runs: [{ verdict: "cancelled" }],
      });
    });
    expect(ended).toEqual([]);
  });

  it("is left so by the shipped program, too, on Ctrl-C", async () => {
    const child = stage.begin(run("app-1", "--yes", ...(await madeState("process.db"))), {
      timeoutMs: 60_000,
    });
    let printed = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
      if (text.includes("runbook start:")) child.kill("SIGINT");
    });
    const [code] = await once(child, "close");
    expect(printed).toMatch(/left under way; watchkeeper remediate resume \S+ goes on\n$/);
    expect(code).toBe(1);
    expect(await stage.json(["remediate", "list", "--state", "process.db"])).toMatchObject({
      runs: [{ verdict: null, endedAt: null }],
    });
  });

  it("is told in JSON as docs/json.md says", async () => {
    const list = await stage.quick(["remediate", "list", "--json", ...state]);
    const { runs } = expectAsDocumented("remediate list", list.stdout) as { runs: [{ id: string }] };
    const show = await stage.quick(["remediate", "show", runs[0].id, "--json", ...state]);
    const { run: whole } = expectAsDocumented("remediate show", show.stdout) as {
      run: Record<string, readonly unknown[]>;
    };
    for (const part of ["guards", "steps", "notes", "evidence"]) expect(whole[part]).not.toEqual([]);
  });
});

describe("remediate explain", () => {
  const alarm = (instance: string, more: Readonly<Record<string, unknown>> = {}): string =>
    JSON.stringify({
      AlarmName: "stuck",
      AlarmArn: "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:stuck",
      AWSAccountId: "111122223333",
      NewStateValue: "ALARM",
      StateChangeTime: stage.local.cloud.clock.now().toISOString(),
      Trigger: { Dimensions: [{ name: "InstanceId", value: instance }] },
      ...more,
    });
  const explain = ["remediate", "explain", "event.json"];

  it("says what would be done about an alarm, and does nothing", async () => {
    stage.write("event.json", alarm(ids["app-1"] ?? ""));
    const nothing = await changes(async () => {
      const { code, stdout } = await stage.quick(explain);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^stuck\napp-1 \(i-\w+, running\) · runbook start\n/);
      expect(stdout).toContain("It would");
      const json = await stage.quick([...explain, "--json"]);
      expect(expectAsDocumented("remediate explain", json.stdout)).toMatchObject({
        events: [{ event: "stuck", decision: { act: "repair" } }],
      });
    });
    expect(nothing).toEqual([]);
    expect(await stage.json(["remediate", "list"])).toMatchObject({
      runs: [],
      waiting: [],
    });
  });

  it("says why nothing would be done", async () => {
    stage.write("event.json", alarm(ids["db-1"] ?? ""));
    expect((await stage.quick(explain)).stdout).toContain("nothing would be done: has no tag");
    stage.write("event.json", alarm(ids["app-1"] ?? "", { NewStateValue: "OK" }));
    const { code, stdout } = await stage.quick(explain);
    expect([code, stdout]).toEqual([
      0,
      "stuck: nothing would be done: only alarms that go off ask for a repair; this one is OK\n",
    ]);
    const json = await stage.quick([...explain, "--json"]);
    expectAsDocumented("remediate explain", json.stdout);
  });
});
