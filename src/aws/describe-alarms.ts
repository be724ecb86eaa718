import { shapeOf, unknownMembers } from "./alarm-shape.ts";
import type { AwsSession, OutputOf, UnknownFields } from "./session.ts";

type Output = OutputOf<"cloudwatch", "DescribeAlarms">;

/** A metric alarm as CloudWatch describes it; members that the SDK's model doesn't know are there too, untyped. */
export type RawMetricAlarm = NonNullable<Output["MetricAlarms"]>[number];
/** A composite alarm as CloudWatch describes it. */
export type RawCompositeAlarm = NonNullable<Output["CompositeAlarms"]>[number];

/** Some of an account's alarms in one region. */
export interface AlarmPage {
  readonly metricAlarms: readonly RawMetricAlarm[];
  readonly compositeAlarms: readonly RawCompositeAlarm[];
  /** Only alarms that have such members. Writing one back through the SDK would drop them. */
  readonly unknownFields: UnknownFields;
}

/**
 * All metric and composite alarms of the session's account and region, page by page. Without `AlarmTypes` CloudWatch leaves
 * composite ones out. A failing page rejects: the listing is then incomplete. With `names` (at most 100) only those that exist.
 */
export async function* describeAlarms(
  session: AwsSession,
  names?: readonly string[],
): AsyncGenerator<AlarmPage, void, undefined> {
  // An empty list of names would mean every alarm.
  if (names?.length === 0) return;
  const { CompositeAlarm$, MetricAlarm$ } = await import("./clients/cloudwatch.ts");
  const metricShape = shapeOf(MetricAlarm$);
  const compositeShape = shapeOf(CompositeAlarm$);
  const input = {
    AlarmTypes: ["MetricAlarm" as const, "CompositeAlarm" as const],
    ...(names === undefined ? {} : { AlarmNames: [...names] }),
  };
  for await (const page of session.pages("cloudwatch", "DescribeAlarms", input)) {
    const metricAlarms = page.MetricAlarms ?? [];
    const compositeAlarms = page.CompositeAlarms ?? [];
    const unknownFields = new Map<string, readonly string[]>();
    const note = (name: string | undefined, members: readonly string[]): void => {
      if (members.length > 0) unknownFields.set(name ?? "", members);
    };
    for (const alarm of metricAlarms) note(alarm.AlarmName, unknownMembers(metricShape, alarm));
    for (const alarm of compositeAlarms) note(alarm.AlarmName, unknownMembers(compositeShape, alarm));
    yield { metricAlarms, compositeAlarms, unknownFields };
  }
}
