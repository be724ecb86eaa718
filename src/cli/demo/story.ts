import { actAsPerson } from "../../app/local-person.ts";
import { DemoFailed, type Stage } from "./stage.ts";

type Json = Readonly<Record<string, unknown>>;

/** The main job from start to end: found, planned, applied, tuned by hand, gone. Throws `DemoFailed` when a step isn't right. */
export async function tellStory(stage: Stage): Promise<void> {
  await stage.say("A team has tagged its machines. Here is what runs:");
  await stage.watchkeeper(["inventory", "--type", "ec2.instance"]);
  const web = await instanceNamed(stage, "web-2");

  await stage.say(
    "Which alarms should they have, what would that cost, and how long would it take? Planning changes nothing.",
  );
  await stage.watchkeeper(["plan"]);

  await stage.say("Apply it, at the account's own pace.");
  await stage.watchkeeper(["apply", "--yes"]);

  await stage.say("A second plan has nothing to do.");
  await stage.watchkeeper(["plan", "--detailed-exitcode"], 0);

  await stage.say("At three in the morning, somebody tunes a threshold in the console.");
  const alarm = `cpu-high-${web}`;
  await tune(stage, alarm, 95);
  await stage.say("The next plan keeps it, and says so.");
  const kept = await stage.watchkeeper(["plan", "--detailed-exitcode"], 0);
  if (!kept.includes("tuned by hand"))
    throw new DemoFailed("the plan doesn't tell that the threshold was tuned by hand");

  await stage.say("One machine is terminated. Exactly its alarms go, and nothing else.");
  await stage.typed(`aws ec2 terminate-instances --instance-ids ${web}`);
  await actAsPerson(stage.running, "ec2", "TerminateInstances", { InstanceIds: [web] });
  await stage.running.local.cloud.clock.advance(5 * 60_000);
  const plan = await stage.json(["plan"]);
  const deleted = (plan["changes"] as readonly Json[]).filter(({ action }) => action === "delete");
  const others = deleted.filter(({ name }) => !String(name).includes(web));
  if (deleted.length === 0 || others.length > 0)
    throw new DemoFailed(`${deleted.length} alarms would go, ${others.length} of them of others`);
  await stage.watchkeeper(["apply", "--yes"]);
  await stage.watchkeeper(["plan", "--detailed-exitcode"], 0);

  await tellOfSpike(stage);
}

/** A machine's CPU goes wild and calms down again; its alarm fires, is told, and recovers. */
async function tellOfSpike(stage: Stage): Promise<void> {
  const { local } = stage.running;
  const busy = await instanceNamed(stage, "web-4");
  const alarm = `cpu-high-${busy}`;
  await stage.say(
    "The cloud evaluates alarms as CloudWatch does. web-4's CPU is about to go wild; somebody reads along in a queue.",
  );
  const { QueueUrl } = await actAsPerson(stage.running, "sqs", "CreateQueue", { QueueName: "demo-inbox" });
  const { Attributes } = await actAsPerson(stage.running, "sqs", "GetQueueAttributes", {
    QueueUrl,
    AttributeNames: ["QueueArn"],
  });
  const { QueueArn } = Attributes as Json;
  const { TopicArn } = await actAsPerson(stage.running, "sns", "CreateTopic", { Name: "web-team" });
  await stage.typed(
    `aws sns subscribe --topic-arn ${TopicArn} --protocol sqs --notification-endpoint ${QueueArn}`,
  );
  await actAsPerson(stage.running, "sns", "Subscribe", { TopicArn, Protocol: "sqs", Endpoint: QueueArn });
  const started = performance.now();
  await local.cloud.clock.advance(90 * 60_000);
  const took = ((performance.now() - started) / 1000).toFixed(1);
  await stage.say(
    `An hour and a half later, on the virtual clock (it took ${took} s). What arrived about it:`,
  );
  const told: string[] = [];
  for (;;) {
    const { Messages = [] } = await actAsPerson(stage.running, "sqs", "ReceiveMessage", {
      QueueUrl,
      MaxNumberOfMessages: 10,
    });
    const messages = Messages as readonly { readonly Body: string }[];
    if (messages.length === 0) break;
    for (const { Body } of messages) {
      const { Subject, Message, Timestamp } = JSON.parse(Body) as Readonly<Record<string, string>>;
      const { AlarmName, OldStateValue, NewStateValue } = JSON.parse(Message ?? "{}") as Json;
      if (AlarmName !== alarm) continue;
      told.push(String(NewStateValue));
      await stage.show(`${Timestamp}  ${Subject}  (${OldStateValue} -> ${NewStateValue})`);
    }
  }
  await stage.say("Its history, as CloudWatch writes it:");
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
  if (!told.includes("ALARM")) throw new DemoFailed(`no message said that ${alarm} is in ALARM`);
  if (states.at(-1) !== "OK") throw new DemoFailed(`${alarm} ended in ${states.at(-1)}, not in OK`);
}

async function instanceNamed(stage: Stage, name: string): Promise<string> {
  const { resources } = await stage.json(["inventory", "--type", "ec2.instance", "--name", name]);
  const [first] = resources as readonly { readonly id: string }[];
  if (!first) throw new DemoFailed(`there is no instance named ${name}`);
  return first.id;
}

/** Puts an alarm again with another threshold and everything else as it was, as the console does. */
async function tune(stage: Stage, name: string, threshold: number): Promise<void> {
  await stage.typed(`aws cloudwatch put-metric-alarm --alarm-name ${name} --threshold ${threshold} …`);
  const { MetricAlarms } = await actAsPerson(stage.running, "cloudwatch", "DescribeAlarms", {
    AlarmNames: [name],
  });
  const [alarm] = MetricAlarms as readonly Json[];
  if (!alarm) throw new DemoFailed(`there is no alarm ${name}`);
  const kept = Object.entries(alarm).filter(
    ([key]) => !/^State|Timestamp$|^AlarmArn$|^EvaluationState$/.test(key),
  );
  await actAsPerson(stage.running, "cloudwatch", "PutMetricAlarm", {
    ...Object.fromEntries(kept),
    Threshold: threshold,
  });
}
