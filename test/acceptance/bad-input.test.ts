// What users, files and AWS get wrong: each gives a clear error or a clearly partial result, never a wrong deletion.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { liveAlarm, settledWorld, tune } from "./support/live-alarms.ts";
import { planJson } from "./support/plan-json.ts";
import { startProxy } from "./support/proxy.ts";
import { openStage, type Person, type Stage } from "./support/stage.ts";
import { configuration, SCENARIO } from "./support/worlds.ts";

let stage: Stage;
let person: Person;

/** Calls that read. Every other one changes something. */
const READS = /:(Describe|List|Get)/;
const writes = (): number =>
  [...stage.local.requests].reduce((sum, [call, count]) => sum + (READS.test(call) ? 0 : count), 0);
const calls = (): number => [...stage.local.requests.values()].reduce((sum, each) => sum + each, 0);

/** Runs a command that must fail without changing anything; answers what it complained. */
async function refused(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  stage.local.resetRequests();
  const { code, stdout, stderr } = await stage.quick(args, { environment });
  expect(code, stdout + stderr).toBe(1);
  expect(stderr).not.toMatch(/\bat .*:\d+:\d+\)?$|\[object|undefined/m);
  expect(writes()).toBe(0);
  return stderr;
}

beforeAll(async () => {
  stage = await openStage(SCENARIO, configuration());
  person = stage.person("eu-central-1");
  await stage.json(["apply", "--yes"]);
});
afterEach(() => stage.faults({}));
afterAll(() => stage.close());

describe("a configuration", () => {
  const bad = async (text: string): Promise<string> => {
    stage.write("bad.yaml", text);
    const said = await refused(["plan", "-c", "bad.yaml"]);
    // Nothing was asked of AWS to find out.
    expect(calls()).toBe(0);
    expect(await refused(["validate", "-c", "bad.yaml"])).toBe(said);
    return said;
  };

  it("of broken YAML is told with line and column", async () => {
    expect(await bad("version: 1\nname: [web\nregions: eu")).toMatch(/^bad\.yaml:3:\d+ {2}\S/);
  });

  it("with unknown keys, with what may have been meant", async () => {
    const said = await bad(configuration().replace("threshold: 80", "treshold: 80"));
    expect(said).toMatch(/^bad\.yaml:\d+:\d+ .*"treshold".*Did you mean "threshold"\?$/m);
  });

  it.each([
    ["period: 5m", "period: 45s", /45/],
    ["evaluationPeriods: 3", "evaluationPeriods: 500", /day|86,?400|1,?440|500/],
    ["statistic: Average", "statistic: Mean", /Mean/],
    ["comparisonOperator: GreaterThanThreshold", "comparisonOperator: Greater", /Greater/],
    ["threshold: 80", "threshold: eighty", /eighty/],
    ["threshold: 80", "threshold: .nan", /threshold/],
    ["namespace: AWS/EC2", "namespace: ''", /namespace/],
    ["severity: critical", "severity: deadly", /deadly/],
    ["name: oncall }", "arn: arn:aws:sns:eu-west-1:111122223333:oncall }", /eu-west-1.*eu-central-1/],
    ["name: oncall }", "arn: arn:aws-cn:sns:cn-north-1:111122223333:oncall }", /aws-cn/],
    ["name: oncall }", "name: on call }", /on call/],
  ])("with an impossible alarm (%s -> %s)", async (from, to, names) => {
    const said = await bad(configuration().replace(from, to));
    expect(said).toMatch(/^bad\.yaml:\d+:\d+ {2}/);
    expect(said).toMatch(names);
  });

  it("with composite alarms and overrides that can't be", async () => {
    const composite = (rule: string) =>
      configuration().replace(
        "severities:",
        `      both:\n        alarmRule: ${rule}\n        severity: warning\nseverities:`,
      );
    expect(await bad(composite("ALARM($cpu) AND"))).toMatch(/alarmRule/);
    expect(await bad(composite("ALARM($cpu) OR ALARM($memory)"))).toMatch(/unknown alarm "\$memory"/);
    const override =
      "    overrides:\n      - { select: { tags: { Role: x } }, alarms: { cpu: { period: 45s } } }\n";
    expect(await bad(configuration({ policy: override }))).toMatch(/45/);
  });

  it("that is missing, a folder, empty or binary", async () => {
    expect(await refused(["plan", "-c", "none.yaml"])).toMatch(
      /none\.yaml.*no such file[\s\S]*watchkeeper init/,
    );
    expect(await refused(["plan", "-c", "."])).toMatch(/folder/);
    for (const text of ["", "\u0000\u0001", "- a\n- b\n", "null\n"])
      expect(await bad(text)).toMatch(/bad\.yaml/);
  });
});

describe("credentials", () => {
  it("that are missing: says what to set", async () => {
    const none = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };
    const { code, stderr, stdout } = await stage.watchkeeperWith(none, ["plan"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^error: no AWS credentials found\n {2}set AWS_PROFILE, or AWS_ACCESS_KEY_ID/);
  });

  it("that are wrong", async () => {
    const said = await refused(["plan"], { AWS_SECRET_ACCESS_KEY: "wrong" });
    expect(said).toContain("are not accepted by sts (SignatureDoesNotMatch)");
    expect(said).not.toContain("wrong");
  });

  it("that expired before the first call", async () => {
    const [account] = stage.local.accounts.all;
    if (!account) throw new Error("no account");
    const { principal } = stage.local.accounts.credential(account.accessKeyId) ?? {};
    if (!principal) throw new Error("no principal");
    const session = stage.local.accounts.issueSession(principal, "aws", -1);
    const said = await refused(["plan"], {
      AWS_ACCESS_KEY_ID: session.accessKeyId,
      AWS_SECRET_ACCESS_KEY: session.secretAccessKey,
      AWS_SESSION_TOKEN: session.sessionToken ?? "",
    });
    expect(said).toMatch(/session expired[\s\S]*aws sso login/);
  });

  it("that expire half way through a plan: nothing is deleted", async () => {
    stage.write("other.yaml", configuration({ second: "health" }));
    await stage.faults({ rules: [{ effect: "expiredToken", service: "ec2" }] });
    const planned = await planJson(stage, ["-c", "other.yaml"], 1);
    expect(planned).toMatchObject({ complete: false, summary: { delete: 0 } });
    expect(JSON.stringify(planned.scopes)).toContain("the session has ended");
  });
});

describe("listings", () => {
  it("that break off half way: the scope is incomplete and nothing is deleted", async () => {
    const many = await openStage(
      `${SCENARIO}  - { name: crowd, count: 300, names: "crowd-{n}" }\n`,
      configuration(),
    );
    try {
      await many.json(["apply", "--yes"]);
      await many.faults({ rules: [{ effect: "accessDenied", operation: "DescribeInstances", nth: 2 }] });
      const { code, stdout } = await many.quick(["apply", "--yes"]);
      expect(code).toBe(1);
      expect(stdout).toContain("! ec2.instance could not be read whole");
      expect(many.local.requests.get("cloudwatch:DeleteAlarms")).toBeUndefined();
      await many.faults({});
      expect((await planJson(many)).summary).toMatchObject({ unchanged: 8, delete: 0, create: 0 });
    } finally {
      await many.close();
    }
  });

  it("of alarms that fail: none is created or deleted, and topics are as before", async () => {
    stage.write("other.yaml", configuration({ second: "health" }));
    await stage.faults({ rules: [{ effect: "accessDenied", operation: "DescribeAlarms" }] });
    const planned = await planJson(stage, ["-c", "other.yaml"], 1);
    expect(planned).toMatchObject({ complete: false, summary: { create: 0, delete: 0, update: 0 } });
    expect(await refused(["apply", "--yes", "--require-complete", "-c", "other.yaml"])).toContain(
      "nothing was applied",
    );
  });

  it("of alarms that break off half way: what was seen is kept up, nothing is created or deleted", async () => {
    const many = await openStage(SCENARIO.replace("count: 3", "count: 55"), configuration());
    try {
      await many.json(["apply", "--yes"]);
      many.write("watchkeeper.yaml", configuration({ cpuThreshold: 85, second: "health" }));
      await many.faults({ rules: [{ effect: "accessDenied", operation: "DescribeAlarms", nth: 2 }] });
      const { complete, summary, calls } = await planJson(many, [], 1);
      expect({ complete, summary }).toMatchObject({ complete: false, summary: { create: 0, delete: 0 } });
      // The first hundred of 110 by name: all 55 of cpu.
      expect(summary.update).toBe(55);
      expect(calls.toMake["cloudwatch:DeleteAlarms"]).toBeUndefined();
    } finally {
      await many.close();
    }
  });

  it("of an account without instances are an answer, not an error", async () => {
    const planned = await stage.quick(["plan", "-c", "empty.yaml"]);
    expect(planned.code).toBe(1);
    stage.write("empty.yaml", configuration().replace("[eu-central-1]", "[eu-west-3]"));
    const { code, stdout } = await stage.quick(["plan", "-c", "empty.yaml"]);
    expect(stdout).toMatch(/eu-west-3 · 0 instances, 0 alarms/);
    expect(code).toBe(0);
    const inventory = await stage.quick([
      "inventory",
      "--region",
      "eu-west-3",
      "-c",
      "empty.yaml",
      "--type",
      "ec2.instance",
    ]);
    expect(inventory).toMatchObject({ code: 0, stdout: expect.stringContaining("0 resources") });
  });
});

describe("files", () => {
  it("on a full disk", async () => {
    for (const args of [
      ["plan", "--out", "/dev/full"],
      ["inventory", "--out", "/dev/full"],
    ])
      expect(await refused(args)).toMatch(/\/dev\/full.*(ENOSPC|no space left)/);
    expect(await refused(["plan", "--out", "no/such/folder/plan.json"])).toMatch(/ENOENT/);
  });

  const saved = async (): Promise<string> => {
    stage.write("other.yaml", configuration({ cpuThreshold: 81 }));
    expect((await stage.quick(["plan", "--out", "plan.json", "-c", "other.yaml"])).code).toBe(0);
    return readFileSync(join(stage.folder, "plan.json"), "utf8");
  };
  const applied = (...more: string[]) =>
    refused(["apply", "plan.json", "--yes", "-c", "other.yaml", ...more]);

  it("of a plan for another account", async () => {
    await saved();
    const [, second] = stage.local.accounts.all;
    const said = await refused(["apply", "plan.json", "--yes", "-c", "other.yaml"], {
      AWS_ACCESS_KEY_ID: second?.accessKeyId ?? "",
      AWS_SECRET_ACCESS_KEY: second?.secretAccessKey ?? "",
    });
    expect(said).toContain("the plan is for account 111122223333, and this is 444455556666");
  });

  it("of a plan for another configuration, or one that changed", async () => {
    await saved();
    stage.write("other.yaml", configuration({ cpuThreshold: 82 }));
    expect(await applied()).toContain('configuration "web-team" has changed since the plan was made');
    stage.write("other.yaml", configuration().replace("name: web-team", "name: db-team"));
    expect(await applied()).toContain('the plan is for configuration "web-team", not "db-team"');
  });

  it("of a plan that is cut short, no plan, or of another version", async () => {
    const text = await saved();
    const cases: readonly (readonly [string, RegExp])[] = [
      [text.slice(0, text.length / 2), /no JSON: it may be cut short/],
      ["", /no JSON/],
      ["{}", /no plan file/],
      ["null", /no plan file/],
      [text.replace(/"tool":"[^"]+"/, '"tool":"99.0.0"'), /made by watchkeeper 99\.0\.0/],
      [text.replace('"scope":{', '"scoop":{'), /damaged/],
      [text.replace(/"beforeHash":"[^"]+"/, '"beforeHash":7'), /damaged/],
      [text.replace('"threshold":81', '"threshold":8'), /damaged/],
    ];
    for (const [damaged, said] of cases) {
      stage.write("plan.json", damaged);
      expect(await applied()).toMatch(said);
    }
    expect(await refused(["apply", "no-plan.json", "--yes"])).toMatch(/no-plan\.json can't be read/);
  });

  it("of a plan whose alarms changed meanwhile: those are refused one by one", async () => {
    await saved();
    const [name = ""] = Object.keys(await settledWorld(person.cloudwatch)).filter((each) =>
      each.startsWith("cpu"),
    );
    await tune(person.cloudwatch, name, { EvaluationPeriods: 4, DatapointsToAlarm: 4 });
    const { code, stdout } = await stage.quick(["apply", "plan.json", "--yes", "-c", "other.yaml"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(new RegExp(`refused: ${name}: stale: it has changed since the plan was made`));
    expect(stdout).toContain("2 applied, 0 failed, 1 refused because they changed meanwhile");
    expect(await liveAlarm(person.cloudwatch, name)).toMatchObject({ EvaluationPeriods: 4, Threshold: 80 });
    await stage.json(["reset", name, "--yes"]);
    await stage.json(["apply", "--yes"]);
  });

  it("of a plan of yesterday", async () => {
    await saved();
    await stage.advance("25h");
    expect(await applied()).toMatch(/more than 24 hours ago[\s\S]*watchkeeper plan --out/);
  });
});

describe("no terminal", () => {
  it("is an error at once where --yes is missing, never a prompt", async () => {
    stage.write("other.yaml", configuration({ cpuThreshold: 81 }));
    for (const command of ["apply", "destroy"]) {
      const said = await refused([command, "-c", "other.yaml"]);
      expect(said).toMatch(/no terminal to ask on, so nothing was changed[\s\S]*--yes/);
    }
  });

  it("and on a terminal anything but yes is no", async () => {
    stage.write("other.yaml", configuration({ cpuThreshold: 81 }));
    const before = await settledWorld(person.cloudwatch);
    for (const typed of ["", "n", "web", "yess"]) {
      const { code, stderr } = await stage.quick(["apply", "-c", "other.yaml"], { typed });
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("Nothing was changed.") });
    }
    expect((await stage.quick(["destroy"], { typed: "yes" })).code).toBe(1);
    expect(await settledWorld(person.cloudwatch)).toEqual(before);
  });
});

describe("commands", () => {
  it("that don't exist are told with what may have been meant", async () => {
    expect(await refused(["aply"])).toMatch(/unknown command 'aply'\n\(Did you mean apply\?\)/);
    expect(await refused(["plan", "w.yaml"])).toMatch(
      /too many arguments for 'plan'.*\n {2}.*-c FILE names a conf/,
    );
    expect(await refused(["plan", "--detailed-exit-code"])).toMatch(/Did you mean --detailed-exitcode\?/);
    expect(await refused(["packs", "show", "esentials"])).toMatch(/Did you mean "essentials"\?/);
    expect(await refused(["plan", "--allow-deletes", "many"])).toMatch(/whole number/);
    expect(await refused(["explain"])).toMatch(/give a resource, or --skipped/);
    expect(await refused(["explain", "nobody"])).toMatch(/no resource "nobody"/);
    expect(await refused(["reset", "nothing", "--yes"])).toMatch(
      /no alarm of this configuration is named "nothing"/,
    );
    expect(await refused(["reset", "x", "treshold", "--yes"])).toMatch(/Did you mean "threshold"\?/);
    expect(await refused(["adopt", "nothing", "--yes"])).toMatch(/there is no alarm "nothing"/);
    expect(await refused(["plan", "--region", "eu-west-1"])).toMatch(/not among the configuration's regions/);
    expect(await refused(["local", "--scenario", "none.yaml"])).toMatch(/no such file/);
  });

  it("write no configuration that doesn't work", async () => {
    for (const args of [
      ["--name", "Ünï x"],
      ["--region", "nonsense"],
    ]) {
      const said = await refused(["init", "-c", "fresh.yaml", ...args]);
      expect(said).toMatch(/nothing was written: .*not "(Ünï x|nonsense)"/);
    }
    expect(await refused(["validate", "-c", "fresh.yaml"])).toContain("no such file");
    expect((await stage.quick(["init", "-c", "fresh.yaml"])).code).toBe(0);
    expect((await stage.quick(["validate", "-c", "fresh.yaml"])).code).toBe(0);
    expect(await refused(["init", "-c", "fresh.yaml"])).toContain("exists already and is left as it is");
  });

  it("name what is wrong with where they are sent", async () => {
    expect(await refused(["plan", "--endpoint", "nonsense"])).toContain('the endpoint "nonsense" is no URL');
    expect(await refused(["plan", "--region", "eu-west-1"])).toContain(
      "not among the configuration's regions",
    );
  });

  it("answer errors in JSON where asked", async () => {
    const said = async (...args: string[]): Promise<unknown> => {
      const { code, stdout, stderr } = await stage.quick([...args, "--json"]);
      expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
      return JSON.parse(stdout);
    };
    expect(await said("plan", "-c", "none.yaml")).toEqual({
      version: 1,
      error: { code: "no-configuration", message: expect.any(String), remedy: expect.any(String) },
    });
    stage.write("bad.yaml", "version: 2\n");
    expect(await said("validate", "-c", "bad.yaml")).toMatchObject({
      error: {
        code: "invalid-configuration",
        diagnostics: [{ severity: "error", path: "bad.yaml", line: 1 }],
      },
    });
    expect(await said("aply")).toMatchObject({ version: 1, error: { code: "usage" } });
  });
});

describe("alarms that this version can't write back whole", () => {
  const smart = (name: string, more: object) => (operation: string, answer: Record<string, unknown>) => {
    if (operation !== "DescribeAlarms") return;
    for (const alarm of answer["MetricAlarms"] as { AlarmName: string }[])
      if (alarm.AlarmName === name) Object.assign(alarm, more);
  };

  it("are left alone when they have a member that the SDK doesn't know", async () => {
    const [name = "", next = ""] = Object.keys(await settledWorld(person.cloudwatch));
    const proxy = await startProxy(stage.endpoint, smart(name, { AdaptiveMode: { Level: 3 } }));
    try {
      stage.write("other.yaml", configuration({ cpuThreshold: 83 }));
      const environment = { AWS_ENDPOINT_URL: proxy.endpoint };
      const { code, stdout } = await stage.quick(["apply", "--yes", "--json", "-c", "other.yaml"], {
        environment,
      });
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ summary: { applied: 2 } });
      expect((await liveAlarm(person.cloudwatch, name)).Threshold).toBe(80);
      expect((await liveAlarm(person.cloudwatch, next)).Threshold).toBe(83);
      const planned = await stage.quick(["plan", "-c", "other.yaml"], { environment });
      expect(planned.stdout).toMatch(/has AdaptiveMode, which this version doesn't know and would lose/);
      expect(
        (await stage.quick(["plan", "-c", "other.yaml", "--detailed-exitcode"], { environment })).code,
      ).toBe(0);
    } finally {
      await proxy.close();
    }
    await stage.json(["apply", "--yes"]);
  });

  it("keep the settings that a configuration can't express", async () => {
    const [name = ""] = Object.keys(await settledWorld(person.cloudwatch));
    const settings = {
      EvaluationWindow: { WallClockWindow: { Timezone: "Europe/Berlin" } },
      WarmUpConfiguration: { WarmUpPeriodDurationInMinutes: 10 },
      ActionConfiguration: { AlarmTagsPropagation: { Enabled: true } },
    };
    const proxy = await startProxy(stage.endpoint, smart(name, settings));
    try {
      stage.write("other.yaml", configuration({ cpuThreshold: 84 }));
      await stage.quick(["apply", "--yes", "-c", "other.yaml"], {
        environment: { AWS_ENDPOINT_URL: proxy.endpoint },
      });
      const put = proxy.seen.find(
        ({ operation, body }) => operation === "PutMetricAlarm" && body["AlarmName"] === name,
      );
      expect(put?.body).toMatchObject({ Threshold: 84, ...settings });
    } finally {
      await proxy.close();
    }
    await stage.json(["apply", "--yes"]);
  });

  it("are read-only when a newer version marked them, even for destroy", async () => {
    const [name = ""] = Object.keys(await settledWorld(person.cloudwatch));
    const { AlarmDescription = "" } = await liveAlarm(person.cloudwatch, name);
    await tune(person.cloudwatch, name, {
      AlarmDescription: AlarmDescription.replace("[wk1 ", "[wk2 "),
      Threshold: 12,
    });
    stage.write("other.yaml", configuration({ cpuThreshold: 86 }));
    expect((await stage.quick(["plan", "-c", "other.yaml"])).stdout).toMatch(
      /written by a newer version \(mark wk2\)/,
    );
    await stage.json(["apply", "--yes", "-c", "other.yaml"]);
    expect((await liveAlarm(person.cloudwatch, name)).Threshold).toBe(12);
    await stage.json(["destroy", "--yes"]);
    expect(Object.keys(await settledWorld(person.cloudwatch))).toEqual([name]);
    await tune(person.cloudwatch, name, { AlarmDescription });
    await stage.json(["apply", "--yes"]);
  });
});
