// The commands of this service that are used: only these reach the bundle, and the IAM policy is made from them.
// Schemas (`$`) say which members of an alarm the SDK's model knows.
export {
  CloudWatchClient as Client,
  CompositeAlarm$,
  DeleteAlarmsCommand,
  DescribeAlarmHistoryCommand,
  DescribeAlarmsCommand,
  DescribeAlarmsOutput$,
  EnableAlarmActionsCommand,
  GetMetricDataCommand,
  GetMetricDataOutput$,
  GetMetricWidgetImageCommand,
  ListMetricsCommand,
  ListTagsForResourceCommand,
  MetricAlarm$,
  PutCompositeAlarmCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  TagResourceCommand,
} from "@aws-sdk/client-cloudwatch";
