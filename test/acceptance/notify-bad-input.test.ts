// What shouldn't come in, and files that shouldn't be there: each is told in its own words, and nothing else suffers.
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Notification } from "../../src/notify/notification.ts";
import { type StubServer, startStubServer } from "../support/stub-server.ts";
import { openStage, type Stage } from "./support/stage.ts";

const REGION = "eu-central-1";
const ACCOUNT = "111122223333";

let stage: Stage;
let hook: StubServer;
beforeAll(async () => {
  stage = await openStage(
    `version: 1\nregion: ${REGION}\ngroups: [{ name: web, names: web-1 }]\n`,
    "version: 1\nname: none\npolicies: []\n",
  );
});
afterAll(() => stage.close());
beforeEach(async () => {
  hook = await startStubServer();
  stage.write(
    "watchkeeper.yaml",
    `version: 1
name: careful
expectAccounts: ["${ACCOUNT}"]
regions: [${REGION}]
policies: []
notifications:
  channels: { hook: { kind: webhook, url: "${hook.url}/" } }
  route: { receiver: hook, group_by: ["..."], group_wait: 0s, group_interval: 1s }
`,
  );
});
afterEach(() => hook.close());

const alarm = (changes: object): string =>
  JSON.stringify({
    AlarmName: "cpu",
    AlarmArn: `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:cpu`,
    AWSAccountId: ACCOUNT,
    NewStateValue: "ALARM",
    NewStateReason: "tried",
    StateChangeTime: "2026-11-20T10:00:00.000+0000",
    ...changes,
  });

/** Runs `notify send` on a file of this text. */
async function send(text: string, name: string): Promise<{ code: number | null; said: string }> {
  stage.write("event.json", text);
  // Only `listen` makes a state that is named; an empty file is one.
  if (!existsSync(join(stage.folder, `${name}.db`))) stage.write(`${name}.db`, "");
  const { code, stdout, stderr } = await stage.quick([
    "notify",
    "send",
    "event.json",
    "--state",
    `${name}.db`,
  ]);
  return { code, said: stdout + stderr };
}

const told = (): readonly Notification[] => hook.requests.map(({ body }) => JSON.parse(body) as Notification);

describe("an event", () => {
  it.each<[string, string, RegExp]>([
    ["null-description", alarm({ AlarmDescription: null }), /^ALARM {2}cpu/],
    ["long-description", alarm({ AlarmDescription: "é".repeat(1_000_000) }), /^ALARM {2}cpu/],
    ["unknown-state", alarm({ NewStateValue: "BROKEN" }), /cpu/],
    [
      "hostile",
      alarm({ AlarmName: "<!channel> @everyone <script>\r\n.", AlarmDescription: "x" }),
      /everyone/,
    ],
    ["text", "something happened", /something happened/],
    ["brackets", "[web-1] something happened {now}", /^NOTICE {2}\[web-1\] something happened/],
  ])("%s is told as well as may be", async (name, text, title) => {
    const { code, said } = await send(text, name);
    expect([code, said]).toEqual([0, expect.stringMatching(/delivered|told/i)]);
    expect(told()).toHaveLength(1);
    const [message] = told();
    expect(`${message?.title} ${message?.alerts[0]?.text.description}`).toMatch(title);
    expect(hook.requests[0]?.body.length).toBeLessThan(100_000);
  });

  it("that can't be read is refused by name, and nobody is told", async () => {
    const { code, said } = await send("", "empty");
    expect([code, said]).toEqual([1, expect.stringMatching(/event\.json/)]);
    const missing = await stage.quick(["notify", "send", "nowhere.json"]);
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining("nowhere.json") });
    expect(hook.requests).toEqual([]);
  });
});

describe("a file that is meant to be JSON and isn't", () => {
  it.each([
    [
      '{\n  "AlarmName": "cpu",\n  "AWSAccountId": "1"\n  "NewStateValue": "ALARM"\n}',
      '4:3  this isn\'t JSON: "," or "}" belongs here',
    ],
    [alarm({}).slice(0, -1), 'it ends where "," or "}" belongs'],
    ["[{}", 'it ends where "," or "]" belongs'],
    ["{AlarmName: cpu}", "1:2  this isn't JSON: a name in double quotes"],
  ])("is refused at its place, and nobody is told: %j", async (text, message) => {
    const { code, said } = await send(text, "broken");
    expect([code, said]).toEqual([1, expect.stringContaining(message)]);
    expect(said).toContain("event.json:");
    const explained = await stage.quick(["notify", "explain", "event.json"]);
    expect(explained).toMatchObject({ code: 1, stderr: expect.stringContaining(message) });
    expect(hook.requests).toEqual([]);
  });
});

describe("a state that isn't ours", () => {
  const listen = (...args: string[]) => stage.quick(["notify", "listen", "--http", "0", ...args]);

  it("is refused and left as it is: of a newer version, of somebody else, no database at all", async () => {
    await send(alarm({}), "newer");
    for (const [file, statements] of [
      // The connection of the command before lives until it is collected: nothing is to be left in the log.
      ["newer.db", "PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)"],
      ["other.db", "CREATE TABLE t (a); INSERT INTO t VALUES (1)"],
    ] as const) {
      const db = new Database(join(stage.folder, file));
      db.exec(statements);
      db.close();
    }
    writeFileSync(join(stage.folder, "text.db"), "this is a diary\n".repeat(1000));
    for (const [file, message] of [
      ["newer.db", /version 99.*upgrade/s],
      ["other.db", /not a store of Watchkeeper/],
      ["text.db", /text\.db/],
    ] as const) {
      const before = readFileSync(join(stage.folder, file));
      const { code, stderr } = await listen("--state", file);
      expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
      expect([file, readFileSync(join(stage.folder, file)).equals(before)]).toEqual([file, true]);
    }
  });
});

describe("a listener", () => {
  it("answers whatever is posted to it, tells what there is to tell, and stays well", async () => {
    const stop = new AbortController();
    const ready = new AbortController();
    let address = "";
    const ended = stage.quick(
      ["notify", "listen", "--http", "0", "--trust-local", "--reconcile", "0", "--state", "posted.db"],
      {
        signal: stop.signal,
        onOutput: (text) => {
          address = /listening at (\S+)/.exec(text)?.[1] ?? address;
          if (/^telling /m.test(text)) ready.abort();
        },
      },
    );
    await once(ready.signal, "abort");
    const statuses: number[] = [];
    for (const body of [
      "",
      "{",
      "null",
      alarm({ AlarmDescription: "x".repeat(1_000_000) }),
      alarm({ AlarmName: "cpu-2", AlarmArn: undefined, StateChangeTime: "yesterday" }),
      "x".repeat(3 * 1024 * 1024),
      alarm({ AlarmName: "cpu-3", AlarmArn: `arn:aws:cloudwatch:${REGION}:${ACCOUNT}:alarm:cpu-3` }),
    ])
      statuses.push(
        await fetch(address, { method: "POST", body }).then(
          ({ status }) => status,
          // The connection was closed on what is too large.
          () => 413,
        ),
      );
    expect(statuses.filter((status) => ![200, 413].includes(status))).toEqual([]);
    expect(statuses.at(-1)).toBe(200);
    const start = performance.now();
    while (!told().some(({ title }) => title.includes("cpu-3"))) {
      if (performance.now() - start > 10_000) throw new Error(JSON.stringify(told()));
      await new Promise((done) => setTimeout(done, 20));
    }
    expect(((await (await fetch(`${address}/health`)).json()) as { healthy: boolean }).healthy).toBe(true);
    stop.abort();
    expect(await ended).toMatchObject({ code: 0 });
  });
});

describe("an alarm whose recovery came in first", () => {
  it("is explained and told as over", async () => {
    const recovered = alarm({ NewStateValue: "OK", StateChangeTime: "2026-11-20T10:05:00.000+0000" });
    expect((await send(recovered, "late")).said).toContain("nobody was told that it fired");
    stage.write("event.json", alarm({}));
    const explained = await stage.quick(["notify", "explain", "event.json", "--state", "late.db"]);
    expect(explained.stdout).toMatch(/told as over, and calls nobody[\s\S]*would tell hook/);
    expect((await send(alarm({}), "late")).said).toMatch(/delivered {2}hook {2}OK {2}cpu · after 5 min/);
    expect((await send(alarm({}), "late")).said).toContain("came before");
    expect(told().map(({ status, first }) => [status, first])).toEqual([["resolved", true]]);
  });
});
