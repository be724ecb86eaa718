import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PretendMessage, type PretendSlack, startPretendSlack } from "./pretend-slack.ts";
import { showMessage, threadOf, waitFor } from "./slack-scene.ts";
import { DemoFailed, type Stage } from "./stage.ts";

const MINUTE = 60_000;
/** The clock is moved on in steps of this: a step of a runbook counts no more of it at a time. */
const STEP = 80_000;
const LONGEST = 45 * MINUTE;
/** How long the listener has between two of them, ms of the host: it hears at once, and looks for repairs that are due every second. */
const HEARD = 200;
const LOOKED = 1050;

/** What people are told of a repair, in this order. */
const TOLD = ["runbook frozen", "evidence", "rebooted: ", "ran ", "fixed"];

/** A server hangs; its alarm begins a repair, which is proved and told in the alarm's thread. `open` makes a cloud of its own for it. */
export async function tellOfRepair(
  open: (files: { readonly scenario: string; readonly config: string }) => Promise<Stage>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "watchkeeper-demo-"));
  const slack = await startPretendSlack();
  let stage: Stage | undefined;
  try {
    const port = await freePort();
    const files = { scenario: join(folder, "scenario.yaml"), config: join(folder, "watchkeeper.yaml") };
    writeFileSync(files.scenario, scenario(port));
    writeFileSync(files.config, configuration(slack.url, port));
    stage = await open(files);
    await stage.say(
      "Another team lets frozen servers be repaired. app-1 is tagged watchkeeper:remediate=yes, and is about to hang.",
    );
    await stage.watchkeeper(["apply", "--yes"]);
    const state = ["--state", join(folder, "state.db")];
    const listener = await stage.start(["notify", "listen", ...state], {
      ready: /^telling /m,
      env: { SLACK_TOKEN: "xoxb-demo" },
    });
    try {
      await tellOfThread(stage, slack);
    } finally {
      await listener.stop();
    }
    await stage.say(
      "What it did is in its journal, with the evidence that it kept before it touched the server:",
    );
    await showJournal(stage, state);
  } finally {
    await stage?.close();
    await slack.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The alarm is told, and everything that is done about it in its thread. */
async function tellOfThread(stage: Stage, slack: PretendSlack): Promise<void> {
  const told = (): PretendMessage | undefined =>
    slack.messages.find(({ text, thread }) => thread === undefined && text.includes("status-instance"));
  await pass(stage, HEARD, "Slack was never told that app-1 hangs", () => told() !== undefined);
  const message = told() as PretendMessage;
  await stage.say(
    "It hangs: nothing reaches it, and Systems Manager hears nothing. Its status check's alarm fired:",
  );
  await showMessage(stage, message);
  const repairs = (): readonly string[] => threadOf(slack, message).filter((text) => text.includes("REPAIR"));
  await pass(stage, LOOKED, "the thread of app-1's alarm never told how its repair ended", () =>
    repairs().some((text) => text.includes("fixed")),
  );
  await stage.say("The listener repairs it, and tells in the alarm's thread what it does:");
  for (const line of repairs().flatMap((text) => text.split("\n"))) await stage.show(`  > ${line}`);
  const order = TOLD.map((word) => repairs().findIndex((text) => text.includes(word)));
  if (order.includes(-1) || order.some((place, index) => place < (order[index - 1] ?? 0)))
    throw new DemoFailed(`the repair was told as ${repairs().join(" / ")}`);
  const reboots = stage.running.local.requests.get("ec2:RebootInstances") ?? 0;
  if (reboots !== 1) throw new DemoFailed(`app-1 was asked to reboot ${reboots} times, not once`);
}

async function showJournal(stage: Stage, state: readonly string[]): Promise<void> {
  await stage.watchkeeper(["remediate", "list", ...state]);
  const { runs } = await stage.json(["remediate", "list", ...state]);
  const [run, ...others] = runs as readonly { readonly id: string; readonly verdict: string | null }[];
  if (run?.verdict !== "fixed" || others.length > 0)
    throw new DemoFailed(
      `${others.length + 1} repairs were begun, the last ended ${run?.verdict}, not one that fixed`,
    );
  await stage.watchkeeper(["remediate", "show", run.id.slice(-10), ...state], 0, { whole: true });
}

/** Moves the clock on in steps, leaving the listener time to look, until it is so. */
async function pass(stage: Stage, pause: number, otherwise: string, isSo: () => boolean): Promise<void> {
  for (let passed = 0; passed <= LONGEST && !isSo(); passed += STEP) {
    await stage.running.local.cloud.clock.advance(STEP);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  if (!(await waitFor(() => isSo() || undefined))) throw new DemoFailed(otherwise);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new DemoFailed("there is no free port");
  return address.port;
}

/** A server whose application answers on a port of loopback, and doesn't start by itself. */
function scenario(port: number): string {
  return `version: 1
seed: 7
region: eu-central-1
groups:
  - name: app
    names: app-1
    platform: ubuntu
    tags: { "watchkeeper:remediate": "yes" }
    profile: { role: watched, policies: [AmazonSSMManagedInstanceCore] }
    launched: 6d ago
    monitoring: detailed
    guest:
      frozenAt: "+2m"
      services: [{ name: shop, kind: compose, containers: [shop-web-1], port: 8080, listener: ${port} }]
`;
}

function configuration(slack: string, port: number): string {
  return `version: 1
name: shop
regions: [eu-central-1]
policies:
  - name: servers
    select: { type: ec2.instance, tags: { "watchkeeper:remediate": "yes" } }
    pack: essentials
severities:
  critical: { alarm: [team], ok: [team] }
  warning: { alarm: [team], ok: [team] }
topics:
  team: { name: shop }
notifications:
  listen: { queue: shop-inbox }
  channels:
    team: { kind: slack, token: "env:SLACK_TOKEN", channel: C0123456789, server: "${slack}" }
  route: { receiver: team, group_by: [alertname], group_wait: 0s, group_interval: 1s }
remediation:
  runbooks:
    frozen:
      use: frozen-instance
      ladder:
        - reboot:
            - reboot: { timeout: 15m }
            - waitFor: { until: ssm, timeout: 10m }
            - runCommand: { commands: [docker compose up -d], workingDirectory: /home/ubuntu }
      checks: [{ http: "http://127.0.0.1:${port}/" }]
`;
}
