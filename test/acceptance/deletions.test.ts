// When many alarms would go at once, or what is listed lags behind what is.
import { DescribeInstancesCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { afterEach, describe, expect, it } from "vitest";
import { liveAlarms } from "./support/live-alarms.ts";
import { planJson } from "./support/plan-json.ts";
import { openStage, type Person, type Stage } from "./support/stage.ts";
import { configuration, SCENARIO } from "./support/worlds.ts";

let stage: Stage;
let person: Person;

async function open(count: number): Promise<void> {
  stage = await openStage(SCENARIO.replace("count: 3", `count: ${count}`), configuration());
  person = stage.person("eu-central-1");
  await stage.json(["apply", "--yes"]);
}
afterEach(() => stage.close());

async function terminateAll(): Promise<void> {
  const input = { Filters: [{ Name: "tag:Role", Values: ["web"] }] };
  const { Reservations = [] } = await person.ec2.send(new DescribeInstancesCommand(input));
  const ids = Reservations.flatMap(({ Instances = [] }) => Instances).map(
    ({ InstanceId = "" }) => InstanceId,
  );
  await person.ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }));
}
const alarms = async (): Promise<number> => (await liveAlarms(person.cloudwatch)).size;

describe("a fleet that is gone", () => {
  it("loses its alarms when its end was seen", async () => {
    await open(8);
    await terminateAll();
    await stage.advance("5m");
    expect((await stage.quick(["apply", "--yes"])).code).toBe(0);
    expect(await alarms()).toBe(0);
  });

  it("keeps them when it is merely absent, until somebody says how many may go", async () => {
    await open(8);
    await terminateAll();
    await stage.advance("3h");
    const { code, stdout } = await stage.watchkeeper("apply", "--yes");
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /8 resources would lose all their alarms of policy "production", more than the 5 allowed/,
    );
    expect(stdout).toContain("--allow-deletes 8 allows it");
    expect(await alarms()).toBe(16);
    expect((await stage.quick(["apply", "--yes", "--allow-deletes", "7"])).code).toBe(1);
    expect(await alarms()).toBe(16);
    expect((await stage.quick(["apply", "--yes", "--allow-deletes", "8"])).code).toBe(0);
    expect(await alarms()).toBe(0);
  });

  it("keeps them when its tags are all gone at once as well", async () => {
    await open(8);
    stage.write("watchkeeper.yaml", configuration({ select: 'Managed: "yes"' }));
    expect((await stage.quick(["apply", "--yes"])).code).toBe(1);
    expect(await alarms()).toBe(16);
  });
});

describe("listings that lag behind", () => {
  it("make an apply repeat itself at the worst", async () => {
    await open(3);
    stage.write("watchkeeper.yaml", configuration({ cpuThreshold: 85, second: "health" }));
    await stage.faults({ listLagMs: 60_000 });
    for (let run = 0; run < 2; run += 1) {
      const { code, stdout } = await stage.quick(["apply", "--yes"]);
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(", 0 failed") });
    }
    await stage.advance("5m");
    await stage.json(["apply", "--yes"]);
    await stage.faults({});
    expect((await planJson(stage)).summary).toMatchObject({ create: 0, update: 0, delete: 0, unchanged: 8 });
    expect(await alarms()).toBe(6);
  });
});
