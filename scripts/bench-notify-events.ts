/** Topic that the measured messages come from. */
export const TOPIC = "arn:aws:sns:eu-central-1:111122223333:ops";

/** A metric alarm's change of state as SNS delivers it. */
export function alarmMessage(name: string, state: "ALARM" | "OK"): string {
  const now = new Date().toISOString();
  return JSON.stringify({
    Type: "Notification",
    MessageId: `${name}-${state}`,
    TopicArn: TOPIC,
    Timestamp: now,
    Message: JSON.stringify({
      AlarmName: name,
      AlarmDescription: "CPU of a web server",
      AWSAccountId: "111122223333",
      NewStateValue: state,
      OldStateValue: state === "ALARM" ? "OK" : "ALARM",
      NewStateReason: "Threshold Crossed: 3 datapoints were greater than the threshold (90.0).",
      StateChangeTime: now,
      Region: "EU (Frankfurt)",
      AlarmArn: `arn:aws:cloudwatch:eu-central-1:111122223333:alarm:${name}`,
      AlarmActions: [TOPIC],
      OKActions: [TOPIC],
      InsufficientDataActions: [],
      Trigger: {
        MetricName: "CPUUtilization",
        Namespace: "AWS/EC2",
        StatisticType: "Statistic",
        Statistic: "AVERAGE",
        Unit: null,
        Dimensions: [{ name: "InstanceId", value: `i-${name}` }],
        Period: 60,
        EvaluationPeriods: 3,
        ComparisonOperator: "GreaterThanThreshold",
        Threshold: 90,
      },
    }),
  });
}
