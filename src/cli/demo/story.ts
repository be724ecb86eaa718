import { actAsPerson } from "../../app/local-person.ts";
import { tellOfSpike } from "./spike.ts";
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

  await tellOfSpike(stage, await instanceNamed(stage, "web-4"));
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
