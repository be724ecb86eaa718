// Several accounts, regions and partitions in one configuration: each is found, counted and judged by itself.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { liveAlarms, settledWorld } from "./support/live-alarms.ts";
import { type PlanJson, planJson } from "./support/plan-json.ts";
import { openStage, type Stage } from "./support/stage.ts";
import { configuration } from "./support/worlds.ts";

const MAIN = "111122223333";
const SECOND = "444455556666";
const CHINA = "777788889999";

const SCENARIO = `
version: 1
region: eu-central-1
accounts:
  - { id: "${MAIN}", name: main }
  - { id: "${SECOND}", name: second }
  - { id: "${CHINA}", name: china, partition: aws-cn }
groups:
${[
  [MAIN, "eu-central-1"],
  [MAIN, "eu-west-1"],
  [MAIN, "us-east-1"],
  [SECOND, "eu-central-1"],
  [SECOND, "eu-west-1"],
  [CHINA, "cn-north-1"],
]
  .map(
    ([account, region]) =>
      `  - { name: "${account}-${region}", account: "${account}", region: ${region}, names: "web-{n}", count: 2, tags: { Managed: "Yes" } }`,
  )
  .join("\n")}
`;

const regions = (...names: string[]): string =>
  configuration().replace("[eu-central-1]", `[${names.join(", ")}]`);

const TWO_ACCOUNTS = `${regions("eu-central-1", "eu-west-1")}expectAccounts: ["${MAIN}", "${SECOND}"]
accounts:
  - { name: main }
  - { name: shop, role: "arn:aws:iam::${SECOND}:role/watchkeeper", externalId: our-secret-handshake }
`;

let stage: Stage;

beforeAll(async () => {
  stage = await openStage(SCENARIO, TWO_ACCOUNTS);
});
afterEach(() => stage.faults({}));
afterAll(() => stage.close());

const namesIn = async (region: string, account: number): Promise<string[]> => [
  ...(await liveAlarms(stage.person(region, account).cloudwatch)).keys(),
];

describe("two accounts and two regions", () => {
  it("are planned and applied side by side, one of them by its role", async () => {
    stage.local.resetRequests();
    const { code, stdout, stderr } = await stage.watchkeeper("apply", "--yes");
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toContain(`main (${MAIN}) · eu-west-1 · 2 instances`);
    expect(stdout).toContain(`shop (${SECOND}) · eu-central-1 · 2 instances`);
    // 2 topics and 2 x 2 alarms in each of four places.
    expect(stdout).toContain("24 applied, 0 failed");
    expect(stage.local.requests.get("sts:AssumeRole")).toBe(1);
    for (const [account, id] of [MAIN, SECOND].entries())
      for (const region of ["eu-central-1", "eu-west-1"]) {
        const alarms = await liveAlarms(stage.person(region, account).cloudwatch);
        expect(alarms.size).toBe(4);
        for (const { AlarmActions = [], AlarmArn } of alarms.values()) {
          expect(AlarmArn).toMatch(`arn:aws:cloudwatch:${region}:${id}:alarm:`);
          expect(AlarmActions[0]).toMatch(`arn:aws:sns:${region}:${id}:`);
        }
      }
    expect((await planJson(stage)).summary).toMatchObject({ create: 0, update: 0, delete: 0, unchanged: 24 });
  });

  it("can be narrowed to one region without touching the other", async () => {
    const planned = await planJson(stage, ["--region", "eu-west-1"]);
    expect(new Set(planned.scopes.map(({ region }) => region))).toEqual(new Set(["eu-west-1"]));
    expect(planned.summary).toMatchObject({ delete: 0, unchanged: 12 });
  });

  it("of which one can't be reached: it is told, and the other is still kept up", async () => {
    stage.write("drift.yaml", TWO_ACCOUNTS.replace("threshold: 80", "threshold: 85"));
    await stage.faults({ rules: [{ effect: "accessDenied", operation: "AssumeRole" }] });
    const { code, stdout } = await stage.quick(["apply", "--yes", "-c", "drift.yaml"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/account shop can't be reached, so nothing is planned there: cannot assume/);
    expect(stdout).toContain("4 applied, 0 failed");
    for (const args of [["inventory"], ["explain", "*"], ["explain", "--skipped"]]) {
      const asked = await stage.quick(args);
      expect([args.join(" "), asked.code]).toEqual([args.join(" "), 1]);
      expect(asked.stderr).toContain("incomplete: shop *");
    }
    await stage.faults({});
    expect((await planJson(stage, ["-c", "drift.yaml"])).summary).toMatchObject({ update: 4, unchanged: 20 });
    await stage.json(["apply", "--yes"]);
  });

  it("of a saved plan are applied all or none", async () => {
    stage.write("drift.yaml", TWO_ACCOUNTS.replace("threshold: 80", "threshold: 86"));
    await stage.quick(["plan", "--out", "plan.json", "-c", "drift.yaml"]);
    const apply = ["apply", "plan.json", "--yes", "-c", "drift.yaml"];
    const narrowed = await stage.quick([...apply, "--region", "eu-west-1"]);
    expect(narrowed.code).toBe(1);
    expect(narrowed.stderr).toMatch(/the plan changes \d{12} eu-central-1 too/);
    const whole = await stage.quick(apply);
    expect(whole.stdout).toContain("8 applied, 0 failed");
    expect(whole.stdout).toMatch(/threshold 80 % -> 86 %/);
    expect(whole.stdout).toMatch(
      new RegExp(`Applying these 8 changes to ${MAIN} eu-central-1, ${MAIN} eu-west-1, `),
    );
    await stage.json(["apply", "--yes"]);
  });

  it("must be those that were expected", async () => {
    const wrong = TWO_ACCOUNTS.replace(`["${MAIN}", "${SECOND}"]`, `["${SECOND}"]`);
    stage.write("wrong.yaml", wrong);
    stage.local.resetRequests();
    const { code, stderr } = await stage.quick(["apply", "--yes", "-c", "wrong.yaml"]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `these credentials are for account ${MAIN}, and expectAccounts allows ${SECOND} only`,
    );
    expect([...stage.local.requests.keys()].filter((call) => !call.startsWith("sts:"))).toEqual([]);
  });

  it("may not be one account twice", async () => {
    const twice = `${regions("eu-central-1")}accounts:\n  - { name: a }\n  - { name: b, role: "arn:aws:iam::${MAIN}:role/x" }\n`;
    stage.write("twice.yaml", twice);
    expect((await stage.quick(["plan", "-c", "twice.yaml"])).stderr).toContain(`lead to account ${MAIN}`);
  });
});

describe("access denied in one region of three", () => {
  const THREE = regions("eu-central-1", "eu-west-1", "us-east-1").replace("name: web-team", "name: three");
  const alarmsOf = (planned: PlanJson, region: string) =>
    planned.changes.filter((change) => change.scope.region === region);

  it("is a partial result there, and whole ones elsewhere", async () => {
    // Names are taken by the other configuration: give these their own.
    const own = THREE.replaceAll(/(cpu|status):\n/g, "three-$1:\n");
    stage.write("three.yaml", own);
    await stage.json(["apply", "--yes", "-c", "three.yaml"]);
    stage.write("three.yaml", own.replace("three-status:", "three-health:"));
    const before = await settledWorld(stage.person("eu-west-1").cloudwatch);

    await stage.faults({ deniedRegions: ["eu-west-1"] });
    const planned = await planJson(stage, ["-c", "three.yaml"], 1);
    expect(planned.complete).toBe(false);
    expect(planned.scopes.filter(({ complete }) => !complete).map(({ region }) => region)).toEqual(
      Array(3).fill("eu-west-1"),
    );
    expect(alarmsOf(planned, "eu-west-1")).toEqual([]);
    for (const region of ["eu-central-1", "us-east-1"])
      expect(
        alarmsOf(planned, region)
          .map(({ action }) => action)
          .sort(),
      ).toEqual(["create", "create", "delete", "delete"]);

    const required = await stage.quick(["apply", "--yes", "--require-complete", "-c", "three.yaml"]);
    expect(required.code).toBe(1);
    expect(required.stderr).toContain("nothing was applied");
    const { code, stdout } = await stage.watchkeeper("apply", "--yes", "-c", "three.yaml");
    expect(code).toBe(1);
    expect(stdout).toContain("8 applied, 0 failed. Not everything could be read: run watchkeeper plan again");
    expect(stdout).toMatch(/! ec2\.instance could not be read whole: ec2:DescribeInstances is not allowed/);
    await stage.faults({});
    expect(await settledWorld(stage.person("eu-west-1").cloudwatch)).toEqual(before);
    expect((await planJson(stage, ["-c", "three.yaml"])).summary).toMatchObject({ create: 2, delete: 2 });
  });

  it("also of the very first region, where credentials are checked", async () => {
    await stage.faults({ deniedRegions: ["eu-central-1"] });
    const planned = await planJson(stage, ["-c", "three.yaml"], 1);
    expect(alarmsOf(planned, "eu-west-1")).toHaveLength(4);
  });
});

describe("another partition", () => {
  it("has ARNs of its own", async () => {
    const { accessKeyId = "", secretAccessKey = "" } = stage.local.accounts.get(CHINA) ?? {};
    const environment = {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_REGION: "cn-north-1",
    };
    stage.write("china.yaml", `${regions("cn-north-1")}expectAccounts: ["${CHINA}"]\n`);
    const { code, stdout } = await stage.quick(["apply", "--yes", "-c", "china.yaml"], { environment });
    expect(stdout).toContain("6 applied, 0 failed");
    expect(code).toBe(0);
    const alarms = await liveAlarms(stage.person("cn-north-1", 2).cloudwatch);
    expect(alarms.size).toBe(4);
    for (const { AlarmActions = [], AlarmArn } of alarms.values()) {
      expect(AlarmArn).toMatch(`arn:aws-cn:cloudwatch:cn-north-1:${CHINA}:alarm:`);
      expect(AlarmActions[0]).toMatch(`arn:aws-cn:sns:cn-north-1:${CHINA}:`);
    }
    const again = await stage.quick(["plan", "-c", "china.yaml", "--detailed-exitcode"], { environment });
    expect(again.code).toBe(0);
  });

  it("can't be reached with keys of the first", async () => {
    stage.write("china.yaml", regions("cn-north-1"));
    const { code, stderr } = await stage.quick(["plan", "-c", "china.yaml"]);
    expect(code).toBe(1);
    expect(stderr).toContain("are not accepted by sts");
  });
});

describe("destroy", () => {
  it("in one account leaves the other's alone, and what others made", async () => {
    stage.write("main.yaml", regions("eu-central-1", "eu-west-1"));
    const second = await namesIn("eu-west-1", 1);
    const { stdout } = await stage.quick(["destroy", "-c", "main.yaml"], { typed: "web-team" });
    expect(stdout).toContain("12 applied, 0 failed");
    expect(await namesIn("eu-west-1", 1)).toEqual(second);
    for (const region of ["eu-central-1", "eu-west-1"])
      expect((await namesIn(region, 0)).every((name) => name.startsWith("three-"))).toBe(true);
  });

  describe("of what is no longer in the configuration", () => {
    beforeAll(async () => {
      stage.write("watchkeeper.yaml", TWO_ACCOUNTS);
      await stage.json(["apply", "--yes"]);
      stage.write("watchkeeper.yaml", TWO_ACCOUNTS.replace(", eu-west-1]", "]"));
    });

    it("plan leaves alone, and says how it is removed when it is asked for it", async () => {
      stage.local.resetRequests();
      const planned = await planJson(stage);
      expect(planned.summary).toMatchObject({ delete: 0, unchanged: 12 });
      expect(new Set(planned.scopes.map(({ region }) => region))).toEqual(new Set(["eu-central-1"]));
      for (const command of ["plan", "apply", "explain *"]) {
        const asked = await stage.quick([...command.split(" "), "--region", "eu-west-1"]);
        expect([command, asked.code]).toEqual([command, 1]);
        expect(asked.stderr).toContain("watchkeeper destroy --region eu-west-1");
      }
    });

    it("a region goes when it is named, of one account or of all, and nothing else there", async () => {
      const others = (await namesIn("eu-west-1", 0)).filter((name) => name.startsWith("three-"));
      expect(others.length).toBeGreaterThan(0);
      const central = await namesIn("eu-central-1", 0);
      const shop = await namesIn("eu-west-1", 1);
      const one = await stage.quick(["destroy", "--region", "eu-west-1", "--account", MAIN], {
        typed: "web-team",
      });
      expect(one.stdout).toContain("6 applied, 0 failed");
      expect([await namesIn("eu-west-1", 0), await namesIn("eu-west-1", 1)]).toEqual([others, shop]);
      expect(await stage.quick(["destroy", "--region", "eu-west-1"], { typed: "web-team" })).toMatchObject({
        code: 0,
        stdout: expect.stringContaining(`shop (${SECOND}) · eu-west-1`),
      });
      expect(await namesIn("eu-west-1", 1)).toEqual([]);
      expect(await namesIn("eu-central-1", 0)).toEqual(central);
      expect((await planJson(stage)).summary).toMatchObject({ create: 0, unchanged: 12 });
    });

    it("an account goes while it is still named, and the other stays", async () => {
      const main = await namesIn("eu-central-1", 0);
      const { code, stdout } = await stage.quick(["destroy", "--account", "shop"], { typed: "web-team" });
      expect([code, stdout]).toEqual([0, expect.stringContaining("6 applied, 0 failed")]);
      expect(await namesIn("eu-central-1", 1)).toEqual([]);
      expect(await namesIn("eu-central-1", 0)).toEqual(main);
    });

    it("nothing goes where what is named isn't there", async () => {
      const nobody = await stage.quick(["destroy", "--yes", "--account", "shopp"]);
      expect(nobody.code).toBe(1);
      expect(nobody.stderr).toContain("--account shopp is not among the accounts: main, shop");
      stage.write(
        "own.yaml",
        `${regions("eu-central-1")}accounts:\n  - { name: main, regions: [us-east-1] }\n`,
      );
      const nowhere = await stage.quick(["destroy", "--yes", "--region", "cn-north-1", "-c", "own.yaml"]);
      expect(nowhere.code).toBe(1);
      expect(nowhere.stderr).toContain("no account that is meant has region cn-north-1");
      stage.local.resetRequests();
      expect((await stage.quick(["destroy", "--yes", "--region", "us-west-2"])).code).toBe(0);
      expect(stage.local.requests.get("cloudwatch:DeleteAlarms") ?? 0).toBe(0);
    });

    it("accounts with regions of their own can be narrowed to those", async () => {
      stage.write("own.yaml", TWO_ACCOUNTS.replace("{ name: main }", "{ name: main, regions: [us-east-1] }"));
      const planned = await planJson(stage, ["-c", "own.yaml", "--region", "us-east-1"]);
      expect(new Set(planned.scopes.map(({ account, region }) => `${account} ${region}`))).toEqual(
        new Set([`${MAIN} us-east-1`]),
      );
    });
  });
});
