import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { actAsPerson } from "../../app/local-person.ts";
import { startPretendSlack } from "./pretend-slack.ts";
import { showMessage, threadOf, waitFor } from "./slack-scene.ts";
import { DemoFailed, type Stage } from "./stage.ts";

const MINUTE = 60_000;
/** The clock is moved on in steps of this, until what is waited for happens, at most so far. */
const STEP = 5 * MINUTE;
const LONGEST = 120 * MINUTE;

/** A machine's CPU goes wild and calms down again; its alarm fires, is told in a Slack on loopback, and recovers. */
export async function tellOfSpike(stage: Stage, busy: string): Promise<void> {
  const alarm = `cpu-high-${busy}`;
  await stage.say(
    "The cloud evaluates alarms as CloudWatch does. web-4's CPU is about to go wild; a Slack on loopback wants to know.",
  );
  const folder = mkdtempSync(join(tmpdir(), "watchkeeper-demo-"));
  const slack = await startPretendSlack();
  try {
    const config = join(folder, "watchkeeper.yaml");
    writeFileSync(config, `${readFileSync(stage.config, "utf8")}\n${notifications(slack.url)}`);
    await stage.say(
      "The configuration names a queue that is to hear the topics; applying makes and subscribes it.",
    );
    await stage.watchkeeper(["apply", "--yes", "--config", config]);
    const listener = await stage.start(
      ["notify", "listen", "--config", config, "--state", join(folder, "state.db")],
      { ready: /^telling /m, env: { SLACK_TOKEN: "xoxb-demo" } },
    );
    try {
      await untilState(stage, alarm, "ALARM");
      const message = await waitFor(() => slack.messages.find(({ text }) => text.includes(alarm)));
      if (!message) throw new DemoFailed(`Slack was never told that ${alarm} is in ALARM`);
      await stage.say("It fired. One message in Slack:");
      await showMessage(stage, message);
      const chart = await waitFor(() => slack.files.find(({ thread }) => thread === message.id));
      if (!chart) throw new DemoFailed(`the chart of ${alarm} didn't come`);
      await stage.show(
        `  > ${chart.name}, ${Math.ceil(chart.bytes / 1024)} kB: a chart of its metric, in the thread`,
      );
      await untilState(stage, alarm, "OK");
      if (!(await waitFor(() => message.edits > 0 || undefined)))
        throw new DemoFailed(`the message about ${alarm} was not edited when it recovered`);
      await stage.say("It recovered. The same message, edited; its history is in its thread:");
      await showMessage(stage, message);
      await waitFor(() => (threadOf(slack, message).length > 0 ? true : undefined));
      for (const line of threadOf(slack, message)) await stage.show(`  > ${line}`);
      const posted = slack.messages.filter(
        ({ text, thread }) => thread === undefined && text.includes(alarm),
      ).length;
      if (posted !== 1) throw new DemoFailed(`${alarm} was told in ${posted} messages, not in one`);
    } finally {
      await listener.stop();
    }
    await showHistory(stage, alarm);
  } finally {
    await slack.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function notifications(server: string): string {
  return `notifications:
  listen: { queue: demo-inbox }
  channels:
    team: { kind: slack, token: "env:SLACK_TOKEN", channel: C0123456789, server: "${server}" }
  route: { receiver: team, group_by: [alertname], group_wait: 0s, group_interval: 1s }
`;
}

/** Moves the clock on until the alarm is in a state. */
async function untilState(stage: Stage, alarm: string, state: string): Promise<void> {
  for (let passed = 0; passed <= LONGEST; passed += STEP) {
    const { MetricAlarms } = await actAsPerson(stage.running, "cloudwatch", "DescribeAlarms", {
      AlarmNames: [alarm],
    });
    const [found] = MetricAlarms as readonly { readonly StateValue?: string }[];
    if (found?.StateValue === state) return;
    await stage.running.local.cloud.clock.advance(STEP);
  }
  throw new DemoFailed(`${alarm} didn't come to ${state} within two hours`);
}

async function showHistory(stage: Stage, alarm: string): Promise<void> {
  await stage.say("The alarm's history, as CloudWatch writes it:");
  const { AlarmHistoryItems } = await actAsPerson(stage.running, "cloudwatch", "DescribeAlarmHistory", {
    AlarmName: alarm,
    HistoryItemType: "StateUpdate",
    ScanBy: "TimestampAscending",
  });
  const states: string[] = [];
  for (const { Timestamp, HistoryData } of AlarmHistoryItems as readonly {
    readonly Timestamp: Date;
    readonly HistoryData: string;
  }[]) {
    const { newState } = JSON.parse(HistoryData) as {
      readonly newState: { readonly stateValue: string; readonly stateReason: string };
    };
    states.push(newState.stateValue);
    await stage.show(
      `${Timestamp.toISOString().slice(0, 19)}Z  ${newState.stateValue.padEnd(17)} ${newState.stateReason}`,
    );
  }
  if (states.at(-1) !== "OK") throw new DemoFailed(`${alarm} ended in ${states.at(-1)}, not in OK`);
}
