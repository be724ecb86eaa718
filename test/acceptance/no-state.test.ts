// Only the listener makes a state that is named: a misspelt --state is an error of everything else, and before the first start there is just nothing yet.
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openStage, type Stage } from "./support/stage.ts";

const EVENT = resolve(import.meta.dirname, "../fixtures/alarm-events/sns-metric-alarm.json");

let stage: Stage;
beforeAll(async () => {
  stage = await openStage(
    "version: 1\nregion: eu-central-1\ngroups: [{ name: web, names: web-1 }]\n",
    `version: 1
name: early
regions: [eu-central-1]
policies: []
notifications: { channels: { hook: "webhook://127.0.0.1:9/" }, route: { receiver: hook } }
remediation:
  runbooks:
    start:
      trigger: alertname="stuck"
      ladder: [{ start: [startInstance] }]
      checks: [{ http: "http://127.0.0.1:9/" }]
`,
  );
});
afterAll(() => stage.close());
beforeAll(() =>
  stage.write(
    "sent.yaml",
    `version: 1
name: sent
regions: [eu-central-1]
policies: []
notifications: { channels: { hook: "webhook://127.0.0.1:9/" }, route: { receiver: hook } }
`,
  ),
);

const files = () => readdirSync(stage.folder, { recursive: true }).sort();

/** What a command does where there is no state; it makes no file. */
async function early(args: readonly string[]) {
  const before = files();
  const ended = await stage.quick(args);
  expect(files()).toEqual(before);
  return ended;
}

const LOOKING = [
  ["silence", "list"],
  ["notify", "explain", EVENT],
  ["remediate", "list"],
  ["remediate", "explain", EVENT],
  ["remediate", "resume"],
];
const FINDING = [
  ["silence", "expire", "0badcafe"],
  ["remediate", "show", "0badcafe"],
  ["remediate", "resume", "0badcafe"],
  ["remediate", "cancel", "0badcafe"],
];

describe("before the first start", () => {
  it.each(LOOKING.map((args) => [args.slice(0, 2).join(" "), args] as const))(
    "%s has nothing to look at",
    async (_, args) => {
      expect(await early(args)).toMatchObject({ code: 0, stderr: "" });
    },
  );

  it.each([
    ["silence list", "no silences: there is no state at "],
    ["remediate list", "nothing was repaired, and nothing waits to be: there is no state at "],
  ])("%s says so", async (command, text) => {
    const { stdout } = await early(command.split(" "));
    const said = stdout.replaceAll(/\s+/g, " ");
    expect(said.startsWith(text)).toBe(true);
    expect(said).toContain("/watchkeeper/early.db yet");
    expect(Object.values(await stage.json(command.split(" "))).flat()).toEqual([1]);
  });

  it.each(FINDING.map((args) => [args.slice(0, 2).join(" "), args] as const))(
    "%s finds nothing of that name",
    async (_, args) => {
      const { code, stderr } = await early(args);
      expect(code).toBe(1);
      expect(stderr).toMatch(/there is no state at \S+\/early\.db yet/);
      expect(stderr).toContain("`watchkeeper notify listen` makes it");
    },
  );
});

describe("a misspelt --state", () => {
  const run = ["remediate", "run", "start", "--instance", "i-0123456789abcdef0", "--yes"];
  const dryRun = [...run, "--dry-run"];
  const silence = ["silence", "add", 'alertname="cpu"', "--for", "1h"];
  const send = ["notify", "send", EVENT];
  const reconcile = ["notify", "reconcile"];
  it.each(
    [...LOOKING, ...FINDING, run, dryRun, silence, send, reconcile].map(
      (args) => [args.join(" "), args] as const,
    ),
  )("is an error of %s", async (_, args) => {
    const { code, stdout, stderr } = await early([...args, "--state", "typo.db"]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(`there is no state at ${stage.folder}/typo.db yet`);
    expect(stderr).toContain("correct --state");
  });
});

describe("an event that is sent before the first start", () => {
  it("makes the configuration's own state and says so, and an empty file is a state as well", async () => {
    const send = ["notify", "send", EVENT, "--wait", "0"];
    const first = await stage.quick([...send, "-c", "sent.yaml"]);
    const said = first.stderr.replaceAll(/\s+/g, " ");
    expect(said).toMatch(
      /there was no state at \S+\/sent\.db yet: what a listener with another --state has told/,
    );
    expect((await stage.quick([...send, "-c", "sent.yaml"])).stderr).toBe("");
    stage.write("empty.db", "");
    const given = await stage.quick([...send, "-c", "sent.yaml", "--state", "empty.db"]);
    expect([given.stdout.includes("waiting"), given.stderr]).toEqual([true, ""]);
  });
});

describe("a silence before the first start", () => {
  it("is kept, and whoever adds it is told that no listener may see it", async () => {
    const added = await stage.quick(["silence", "add", 'alertname="cpu"', "--for", "1h"]);
    expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining('alertname="cpu"') });
    const said = added.stderr.replaceAll(/\s+/g, " ");
    expect(said).toMatch(/there was no state at \S+\/early\.db yet: a listener with another --state/);
    expect((await stage.quick(["silence", "list"])).stdout).toContain('alertname="cpu"');
    expect((await stage.quick(["silence", "add", 'alertname="disk"', "--for", "1h"])).stderr).toBe("");
  });
});
