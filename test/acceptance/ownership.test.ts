// Whose an alarm is, what it is called, and what may be done to it.
import {
  DeleteAlarmsCommand,
  ListTagsForResourceCommand,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
} from "@aws-sdk/client-cloudwatch";
import { CreateTopicCommand, ListTopicsCommand } from "@aws-sdk/client-sns";
import { afterEach, describe, expect, it } from "vitest";
import { liveAlarm, liveAlarms, settledWorld } from "./support/live-alarms.ts";
import { planJson } from "./support/plan-json.ts";
import { openStage, type Person, type Stage } from "./support/stage.ts";
import { configuration, SCENARIO } from "./support/worlds.ts";

let stage: Stage;
let person: Person;

async function open(scenario = SCENARIO, config = configuration()): Promise<void> {
  stage = await openStage(scenario, config);
  person = stage.person("eu-central-1");
}
afterEach(() => stage.close());

const names = async (): Promise<string[]> => [...(await liveAlarms(person.cloudwatch)).keys()];
const NOTHING = { create: 0, update: 0, delete: 0, mark: 0 };

/** The instance behind a name, from the names of its alarms. */
async function idOf(label: string): Promise<string> {
  const { changes } = await planJson(stage);
  const change = changes.find((each) => each.label === label && each.action === "create");
  return change?.identity.split("/").at(-1) ?? "";
}

/** An alarm that somebody made long before us. */
async function theirs(AlarmName: string, id: string, more: object = {}): Promise<void> {
  await person.cloudwatch.send(
    new PutMetricAlarmCommand({
      AlarmName,
      Namespace: "AWS/EC2",
      MetricName: "CPUUtilization",
      Dimensions: [{ Name: "InstanceId", Value: id }],
      Statistic: "Average",
      Period: 300,
      EvaluationPeriods: 3,
      Threshold: 70,
      ComparisonOperator: "GreaterThanThreshold",
      ...more,
    }),
  );
}

describe("an alarm of a wanted name that isn't ours", () => {
  it("is a conflict until it is adopted, and keeps its values then", async () => {
    await open();
    const id = await idOf("web-1");
    await theirs(`cpu-${id}`, id);
    const before = await settledWorld(person.cloudwatch);
    const { code, stdout } = await stage.watchkeeper("apply", "--yes");
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`! cpu-${id} +web-1 +exists, not ours: watchkeeper adopt cpu-${id}`));
    expect((await settledWorld(person.cloudwatch))[`cpu-${id}`]).toEqual(before[`cpu-${id}`]);

    const adopted = await stage.quick(["adopt", `cpu-${id}`], { typed: "y" });
    expect(adopted).toMatchObject({ code: 0, stdout: expect.stringContaining("1 applied, 0 failed") });
    const alarm = await liveAlarm(person.cloudwatch, `cpu-${id}`);
    expect(alarm).toMatchObject({
      Threshold: 70,
      AlarmActions: ["arn:aws:sns:eu-central-1:111122223333:oncall"],
    });
    expect(alarm.AlarmDescription).toContain("[wk1 web-team ");
    const { Tags = [] } = await person.cloudwatch.send(
      new ListTagsForResourceCommand({ ResourceARN: alarm.AlarmArn }),
    );
    expect(Tags.map(({ Key }) => Key).sort()).toEqual(["watchkeeper:config", "watchkeeper:id"]);
    const planned = await planJson(stage);
    expect(planned.summary).toMatchObject({ ...NOTHING, kept: 1, conflict: 0 });
    await stage.json(["reset", `cpu-${id}`, "--yes"]);
    expect((await liveAlarm(person.cloudwatch, `cpu-${id}`)).Threshold).toBe(80);
    expect((await planJson(stage)).summary).toMatchObject({ ...NOTHING, kept: 0, unchanged: 8 });
  });

  it("is told, doubled, left alone or taken over where it watches the same metric under another name", async () => {
    await open();
    const id = await idOf("web-2");
    await theirs("my own cpu alarm", id);
    const told = await planJson(stage);
    expect(told.summary.create).toBe(8);
    expect(told.notes.map(({ message }) => message).join()).toContain('also watched by "my own cpu alarm"');

    stage.write("watchkeeper.yaml", configuration({ policy: "    existing: skip\n" }));
    expect((await planJson(stage)).summary.create).toBe(7);
    const skipped = await stage.json(["explain", "--skipped"]);
    expect(JSON.stringify(skipped)).toContain('watched by \\"my own cpu alarm\\" already');

    stage.write("watchkeeper.yaml", configuration({ policy: "    existing: adopt\n" }));
    await stage.json(["apply", "--yes"]);
    expect(await names()).toContain("my own cpu alarm");
    expect(await names()).not.toContain(`cpu-${id}`);
    expect(await liveAlarm(person.cloudwatch, "my own cpu alarm")).toMatchObject({ Threshold: 70 });
    expect((await planJson(stage)).summary).toMatchObject({ ...NOTHING, kept: 1 });
  });
});

describe("destroy", () => {
  it("takes all that is ours, even what lost its mark, and nothing else", async () => {
    await open();
    await person.sns.send(new CreateTopicCommand({ Name: "team" }));
    await person.sns.send(new CreateTopicCommand({ Name: "unrelated" }));
    const id = await idOf("web-1");
    await theirs("somebody-else", id);
    await stage.json(["apply", "--yes"]);
    // Rewritten bare: only its tags tell whose it is.
    await theirs(`cpu-${id}`, id, { Threshold: 99 });
    // Speaks of us, but isn't ours: a copy of an alarm, and another configuration's.
    const { AlarmDescription } = await liveAlarm(person.cloudwatch, `status-${id}`);
    await theirs("a copy", id, { AlarmDescription });
    await theirs("another team's", id, {
      AlarmDescription: AlarmDescription?.replace("web-team", "web-team-2"),
    });
    const before = await settledWorld(person.cloudwatch);

    for (const typed of ["", "yes", "y", "web-tea"])
      expect(await stage.quick(["destroy"], { typed })).toMatchObject({ code: 1 });
    expect(await settledWorld(person.cloudwatch)).toEqual(before);

    const { code, stdout } = await stage.quick(["destroy"], { typed: "web-team" });
    expect(code).toBe(0);
    expect(stdout).toContain("topic team was not made by us: it stays");
    expect(stdout).toContain("7 applied, 0 failed");
    const left = await settledWorld(person.cloudwatch);
    expect(Object.keys(left).sort()).toEqual(["a copy", "another team's", "somebody-else"]);
    for (const name of Object.keys(left)) expect(left[name]).toEqual(before[name]);
    const { Topics = [] } = await person.sns.send(new ListTopicsCommand({}));
    expect(Topics.map(({ TopicArn = "" }) => TopicArn.split(":").at(-1)).sort()).toEqual([
      "team",
      "unrelated",
    ]);
    expect(await stage.quick(["destroy", "--yes"])).toMatchObject({ code: 0 });
  });
});

describe("an alarm of ours that was rewritten bare, and that nothing wants any more", () => {
  /** Three of them: one lost its mark, and somebody else's stands beside. Their definition is gone from the configuration. */
  async function bare(): Promise<string> {
    await open();
    const id = await idOf("web-1");
    await theirs("somebody-else", id);
    await stage.json(["apply", "--yes"]);
    await theirs(`status-${id}`, id, { Threshold: 99 });
    stage.write("watchkeeper.yaml", configuration({ second: "health" }));
    return `status-${id}`;
  }
  const deleted = async (args: readonly string[]): Promise<readonly string[]> =>
    (await planJson(stage, args)).changes.filter(({ action }) => action === "delete").map(({ name }) => name);
  const tagsRead = () => stage.local.requests.get("cloudwatch:ListTagsForResource") ?? 0;

  it("stays, and costs no call, until its tags are asked for; somebody else's stays in any case", async () => {
    const name = await bare();
    stage.local.resetRequests();
    expect(await deleted([])).toHaveLength(2);
    expect(tagsRead()).toBe(0);
    const going = await deleted(["--read-tags"]);
    expect([going.length, going.includes(name), tagsRead()]).toEqual([3, true, 2]);
    const { code, stdout } = await stage.quick(["apply", "--yes", "--read-tags"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`- ${name} +alarm status was removed`));
    expect(stdout).toContain("the tags of 2 alarms without a mark were read, 1 of them ours");
    expect(await names()).toContain("somebody-else");
    expect(await names()).not.toContain(name);
    expect(await deleted(["--read-tags"])).toEqual([]);
  });

  it("stays where its tags can't be read, or may be another configuration's, and plans say so", async () => {
    const name = await bare();
    await stage.faults({ rules: [{ effect: "accessDenied", operation: "ListTagsForResource" }] });
    const planned = await planJson(stage, ["--read-tags"]);
    expect(planned.changes.filter((change) => change.name === name)).toEqual([]);
    expect(planned.notes.map(({ code, message }) => `${code} ${message}`)).toContainEqual(
      expect.stringMatching(
        /^tags-unknown whether 2 alarms .* are ours is not known, so they stay: .*not allowed/,
      ),
    );
    await stage.faults({});
    stage.write("watchkeeper.yaml", configuration().replace("name: web-team", "name: web-team-2"));
    expect(await deleted(["--read-tags"])).toEqual([]);
  });

  it("stays where its alarm is wanted under another name, and the plan says what can be done", async () => {
    const name = await bare();
    const renamed = configuration().replace(
      "      status:\n",
      "      status:\n        name: st-$resource.id\n",
    );
    stage.write("watchkeeper.yaml", renamed);
    const planned = await planJson(stage, ["--read-tags"]);
    expect(planned.changes.filter((change) => change.name === name)).toEqual([]);
    expect(planned.notes.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(
        new RegExp(`^"${name}" is ours by its tags and lost its mark; .*watchkeeper adopt ${name}`),
      ),
    );
  });

  it("goes with destroy when its tags are read", async () => {
    const name = await bare();
    const before = await names();
    expect(await stage.quick(["destroy", "--yes", "--read-tags"])).toMatchObject({ code: 0 });
    expect(before).toContain(name);
    expect(await names()).toEqual(["somebody-else"]);
  });
});

describe("a composite alarm", () => {
  const config = (threshold: number, rule: string): string =>
    configuration({ cpuThreshold: threshold }).replace(
      "severities:",
      `      memory:
        appliesTo: ec2.instance
        requireSeen: true
        namespace: CWAgent
        metricName: mem_used_percent
        dimensions: { InstanceId: $resource.id }
        statistic: Average
        period: 1m
        evaluationPeriods: 5
        comparisonOperator: GreaterThanThreshold
        threshold: 90
        severity: warning
      both:
        alarmRule: ${rule}
        severity: critical
severities:`,
    );

  it("waits until what its rule needs has an alarm", async () => {
    await open(SCENARIO.replace("    agent: true\n", ""), config(80, "ALARM($cpu) AND ALARM($memory)"));
    const first = (await stage.json(["apply", "--yes"])) as unknown as { summary: object };
    expect(first.summary).toEqual({ applied: 8, failed: 0, refused: 0, pending: 0, waiting: 0 });
    const { skipped } = (await stage.json(["explain", "--skipped"])) as unknown as {
      skipped: { alarm: string; reason: { code: string; text: string } }[];
    };
    expect(skipped.filter(({ alarm }) => alarm === "both").map(({ reason }) => reason.code)).toEqual(
      Array(3).fill("sibling-skipped"),
    );
  });

  it("that exists keeps its rule until what the new one needs has an alarm", async () => {
    await open(SCENARIO.replace("    agent: true\n", ""), config(80, "ALARM($cpu) AND ALARM($status)"));
    await stage.json(["apply", "--yes"]);
    expect((await planJson(stage)).summary).toMatchObject({ ...NOTHING, unchanged: 11 });
    stage.write("watchkeeper.yaml", config(80, "ALARM($cpu) AND ALARM($memory)"));
    const { changes, summary } = await planJson(stage);
    expect(summary).toMatchObject({ ...NOTHING, kept: 3 });
    expect(changes[0]?.reason.text).toMatch(/its rule needs .*memory.*, which has no alarm yet/);
    const { stdout, code } = await stage.quick(["apply", "--yes"]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining("Nothing to change: 3 kept"),
    });
  });

  it("isn't made of an alarm that was adopted under another name", async () => {
    const both = config(80, "ALARM($cpu) AND ALARM($status)").replace(
      "  - name: production\n",
      "$&    existing: adopt\n",
    );
    await open(SCENARIO, both);
    await theirs("mine", await idOf("web-1"));
    const applied = (await stage.json(["apply", "--yes"])) as unknown as { summary: object };
    expect(applied.summary).toMatchObject({ failed: 0, refused: 0 });
    expect((await planJson(stage)).summary).toMatchObject({ ...NOTHING, kept: 1 });
    expect(JSON.stringify(await stage.json(["explain", "--skipped"]))).toContain(
      'whose alarm keeps the name \\"mine\\"',
    );
  });

  it("of somebody else that needs one of ours holds its deletion up, not the others'", async () => {
    await open();
    const [id, other] = [await idOf("web-1"), await idOf("web-2")];
    await stage.json(["apply", "--yes"]);
    await person.cloudwatch.send(
      new PutCompositeAlarmCommand({ AlarmName: "their own", AlarmRule: `ALARM("status-${id}")` }),
    );
    stage.write("watchkeeper.yaml", configuration({ second: "health" }));
    const result = await stage.quick(["apply", "--yes"]);
    expect(result.code).toBe(1);
    expect(result.stdout).toMatch(
      new RegExp(`failed: status-${id}: .*composite alarm\\(s\\) depending on it`),
    );
    expect(await names()).not.toContain(`status-${other}`);
    await person.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: ["their own"] }));
    await stage.json(["apply", "--yes"]);
    expect((await names()).filter((name) => name.startsWith("status"))).toEqual([]);
  });
});

describe("names", () => {
  const fleet = (list: readonly string[]): string =>
    `version: 1\nregion: eu-central-1\ngroups:\n${list
      .map((name, n) => `  - { name: g${n}, names: [${JSON.stringify(name)}], tags: { Managed: "Yes" } }`)
      .join("\n")}\n`;
  const named = configuration().replace(/ {8}appliesTo/g, (text) => `        name: NAME\n${text}`);
  const templates = named.replace("NAME", '"cpu/$resource.name"').replace("NAME", '"status $resource.name"');

  it("in Chinese, with slashes, quotes, spaces and very long ones come through whole", async () => {
    const strange = [
      "数据库-一",
      "team/web/1",
      'it\'s "quoted"',
      " spaced  out ",
      "😀".repeat(120),
      `${"x".repeat(250)}`,
    ];
    await open(fleet(strange), templates);
    const { code, stdout } = await stage.quick(["apply", "--yes"]);
    expect(stdout).toContain("14 applied, 0 failed");
    expect(code).toBe(0);
    const live = await names();
    for (const name of ["cpu/数据库-一", "cpu/team/web/1", `cpu/it's "quoted"`]) expect(live).toContain(name);
    expect(live).toHaveLength(12);
    expect((await planJson(stage)).summary).toMatchObject({ ...NOTHING, unchanged: 14 });
    expect((await stage.quick(["explain", "team/web/1"])).stdout).toContain("as configured");
    for (const line of stdout.split("\n")) expect([...line].length).toBeLessThanOrEqual(120);
    await stage.json(["destroy", "--yes"]);
    expect(await names()).toEqual([]);
  });

  it("that could paint a terminal or break a line are shown harmless", async () => {
    await open(
      fleet(["evil\u001b[31m\u0007", "new\nline", "\u202egnp.exe", "=HYPERLINK(1)"]),
      configuration(),
    );
    for (const args of [["plan"], ["inventory"], ["explain", "*"]]) {
      const { stdout } = await stage.quick(args);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not come out
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
      expect(stdout).not.toMatch(/^line/m);
    }
    expect((await stage.quick(["inventory", "--format", "csv"])).stdout).toContain("'=HYPERLINK(1)");
    const { code } = await stage.quick(["apply", "--yes"]);
    expect(code).toBe(0);
    expect((await planJson(stage)).summary).toMatchObject(NOTHING);
  });

  it("that two instances share are told apart, or the alarm is given to neither", async () => {
    await open(fleet(["same", "same"]), configuration());
    expect((await planJson(stage)).summary.create).toBe(6);
    stage.write("watchkeeper.yaml", templates);
    const { notes, summary } = await planJson(stage);
    expect(summary.create).toBe(0);
    expect(notes.map(({ message }) => message).join("\n")).toMatch(
      /would have the name "cpu\/same".*put \$resource\.id into its name/,
    );
  });

  it("of two policies that meet are an error that names both", async () => {
    const twice = configuration().replace(
      /( {2}- name: production[\s\S]*?)severities:/,
      (_, policy: string) => `${policy}${policy.replace("production", "again")}severities:`,
    );
    await open(SCENARIO, twice);
    const { code, stderr } = await stage.quick(["plan"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/policy "again".*cpu-.*policy "production"/);
  });
});
