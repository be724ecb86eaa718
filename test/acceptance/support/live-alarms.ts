import {
  type CloudWatchClient,
  type CompositeAlarm,
  ListTagsForResourceCommand,
  type MetricAlarm,
  PutMetricAlarmCommand,
  type PutMetricAlarmCommandInput,
  paginateDescribeAlarms,
} from "@aws-sdk/client-cloudwatch";

/** Every alarm of an account in a region, by name. */
export async function liveAlarms(
  client: CloudWatchClient,
): Promise<ReadonlyMap<string, MetricAlarm & CompositeAlarm>> {
  const found = new Map<string, MetricAlarm & CompositeAlarm>();
  const input = { AlarmTypes: ["MetricAlarm" as const, "CompositeAlarm" as const] };
  for await (const { MetricAlarms = [], CompositeAlarms = [] } of paginateDescribeAlarms({ client }, input))
    for (const alarm of [...MetricAlarms, ...CompositeAlarms]) found.set(alarm.AlarmName ?? "", alarm);
  return found;
}

/** One of them. Throws when there is none. */
export async function liveAlarm(client: CloudWatchClient, name: string): Promise<MetricAlarm> {
  const alarm = (await liveAlarms(client)).get(name);
  if (!alarm) throw new Error(`there is no alarm ${name}`);
  return alarm;
}

/** What a person sends to change an alarm with `aws cloudwatch put-metric-alarm`: all that it has, and the change. */
export function settingsOf(alarm: MetricAlarm): PutMetricAlarmCommandInput {
  const input: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(alarm)) {
    if (value !== undefined && !/^(State|AlarmArn|AlarmConfigurationUpdated|EvaluationState)/.test(key))
      input[key] = value;
  }
  return input as unknown as PutMetricAlarmCommandInput;
}

/** Changes an alarm as a careful person does. */
export async function tune(
  client: CloudWatchClient,
  name: string,
  change: Partial<PutMetricAlarmCommandInput>,
): Promise<void> {
  const alarm = await liveAlarm(client, name);
  await client.send(new PutMetricAlarmCommand({ ...settingsOf(alarm), ...change }));
}

/** What matters of all alarms: settings and tags, without states and times. Two worlds that behave alike have the same. */
export async function settledWorld(client: CloudWatchClient): Promise<Readonly<Record<string, unknown>>> {
  const world: Record<string, unknown> = {};
  const alarms = [...(await liveAlarms(client)).values()];
  for (const alarm of alarms.sort((a, b) => ((a.AlarmName ?? "") < (b.AlarmName ?? "") ? -1 : 1))) {
    const { Tags = [] } = await client.send(new ListTagsForResourceCommand({ ResourceARN: alarm.AlarmArn }));
    world[alarm.AlarmName ?? ""] = { ...settingsOf(alarm), Tags };
  }
  return world;
}
