// plan, apply, notify listen: that is all there is between an alarm in any account and region and the people who are told.
import { SetAlarmStateCommand } from "@aws-sdk/client-cloudwatch";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type StubServer, startStubServer } from "../support/stub-server.ts";
import { listening, until } from "./support/listener.ts";
import { listeningConfiguration, SCENARIO, SECOND } from "./support/listening-world.ts";
import { openStage, type Stage } from "./support/stage.ts";

let stage: Stage;
let hook: StubServer;
beforeAll(async () => {
  hook = await startStubServer();
  const text = listeningConfiguration({
    listen: "{ queue: inbox }",
    rest: `accounts: [{ name: main }, { name: shop, role: "arn:aws:iam::${SECOND}:role/watchkeeper" }]`,
  }).replace("webhook://127.0.0.1:9/", `${hook.url.replace("http", "webhook")}/`);
  stage = await openStage(
    SCENARIO,
    text.replace(
      "{ receiver: hook }",
      "{ receiver: hook, group_by: [alertname, region], group_interval: 1s }",
    ),
  );
});
afterAll(async () => {
  await stage.close();
  await hook.close();
});

const told: string[] = [];

it("an alarm is told wherever it fires, without a word on the command line", async () => {
  hook.answer = (response, { body }) => {
    told.push(body);
    response.end("ok");
  };
  const early = await stage.quick(["notify", "listen", "--state", "state.db"]);
  expect([early.code, early.stderr]).toEqual([1, expect.stringMatching(/no queue inbox.*apply makes it/s)]);
  expect((await stage.quick(["plan", "--out", "saved.plan"])).code).toBe(0);
  const applied = await stage.quick(["apply", "--yes", "saved.plan"]);
  expect(applied).toMatchObject({ code: 0, stdout: expect.stringContaining("+ sqs.queue inbox") });
  expect(applied.stdout).toContain("+ sns.subscription ops -> inbox");
  expect((await stage.quick(["plan", "--detailed-exitcode"])).code).toBe(0);

  const stop = new AbortController();
  const { ended, output } = await listening(stage, ["--state", "state.db"], { signal: stop.signal });
  expect(output()).toMatch(/^reading .*\/inbox$/m);
  // The other account's topic waits until the listener has read its question.
  const notes = async (): Promise<string> => JSON.stringify((await stage.json(["plan"]))["notes"]);
  for (let left = 100; (await notes()).includes("subscription-pending"); left -= 1)
    if (left === 0) throw new Error("the subscription is never confirmed");
  for (const [name, region, account] of [
    ["main-1", "eu-central-1", 0],
    ["west-1", "eu-west-1", 0],
    ["second-1", "eu-central-1", 1],
  ] as const) {
    const { resources } = await stage.json(["inventory", "--name", name]);
    const [{ id } = { id: "none" }] = resources as { id: string }[];
    const change = { AlarmName: `cpu-${id}`, StateValue: "ALARM", StateReason: "somebody tries it" } as const;
    await stage.person(region, account).cloudwatch.send(new SetAlarmStateCommand(change));
    await until(() => told.some((body) => body.includes(change.AlarmName)));
  }
  stop.abort();
  expect((await ended).code).toBe(0);
});

it("an address that was asked while nobody listened is asked again by the next apply", async () => {
  // It takes the question and doesn't answer it, as a proxy without a listener behind it may.
  const nobody = await startStubServer();
  const endpoint = `${nobody.url}/`;
  const config = ["-c", "endpoint.yaml"];
  stage.write(
    "endpoint.yaml",
    listeningConfiguration({
      listen: `{ endpoint: "${endpoint}" }`,
      regions: ["eu-central-1"],
      topics: "night: { name: night }",
    })
      .replace("name: hears", "name: by-http")
      .replaceAll("[ops]", "[night]"),
  );
  const line = `sns.subscription night -> ${endpoint}`;
  const first = await stage.quick(["apply", "--yes", ...config]);
  expect([first.code, first.stdout]).toEqual([0, expect.stringContaining(`+ ${line}`)]);
  expect(first.stdout).toMatch(/waiting: night -> http.*`watchkeeper\s+notify\s+listen\s+--http`/s);
  expect(Math.max(...first.stdout.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(120);
  expect(first.stdout).toContain(
    "1 waiting for what is said above. After that, run watchkeeper apply again.",
  );
  const planned = await stage.quick(["plan", "--detailed-exitcode", ...config]);
  expect([planned.code, planned.stdout]).toEqual([2, expect.stringContaining(`! ${line}`)]);
  expect(planned.stdout).toMatch(/nothing arrives there until the listener confirms/);
  expect(planned.stdout).toMatch(/^Nothing to change: 1 waiting for confirmation, to be asked again, /m);
  // An apply says with its exit code what a plan right after it does.
  expect((await stage.quick(["apply", "--yes", "--detailed-exitcode", ...config])).code).toBe(2);
  await nobody.close();

  const stop = new AbortController();
  const { port } = new URL(endpoint);
  const { ended } = await listening(
    stage,
    ["--http", port, "--trust-local", "--reconcile", "0", "--state", "http.db", ...config],
    { signal: stop.signal },
  );
  const second = await stage.quick(["apply", "--yes", "--detailed-exitcode", ...config]);
  expect([second.code, second.stdout]).toEqual([0, expect.stringContaining("1 applied, 0 failed.")]);
  expect((await stage.quick(["plan", "--detailed-exitcode", ...config])).code).toBe(0);
  stop.abort();
  expect((await ended).code).toBe(0);
});
