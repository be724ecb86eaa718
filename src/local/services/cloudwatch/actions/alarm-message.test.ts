import type { MetricDataQuery, PutMetricAlarmInput } from "@aws-sdk/client-cloudwatch";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../../clock.ts";
import { Cloud } from "../../../cloud.ts";
import type { MetricAlarmRecord } from "../alarm-record.ts";
import { AlarmStore } from "../alarm-store.ts";
import { putCompositeAlarm } from "../put-composite-alarm.ts";
import { putMetricAlarm } from "../put-metric-alarm.ts";
import type { StateChange } from "../state-change.ts";
import { alarmMessage, alarmSubject } from "./alarm-message.ts";

const TOPIC = "arn:aws:sns:eu-west-1:111122223333:ops-alarms";
const CONFIGURED = new Date("2026-10-01T08:00:00.000Z");
const CHANGED = new Date("2026-11-01T10:01:02.345Z");
const REASON =
  "Threshold Crossed: 1 out of the last 1 datapoints [97.4 (01/11/26 10:00:00)] was greater than the threshold (90.0) (minimum 1 datapoint for OK -> ALARM transition).";

const newStore = () =>
  new AlarmStore("111122223333", "eu-west-1", new Cloud({ clock: new VirtualClock({ host: () => 0 }) }));

function change(store: AlarmStore, name: string, reason: string, reasonData?: string): StateChange {
  const record = store.get(name) as MetricAlarmRecord;
  const from = { value: "OK", reason: "", since: CONFIGURED } as const;
  const to = { value: "ALARM", reason, reasonData, since: CHANGED } as const;
  return { store, record, from, to, now: CHANGED };
}

function messageOf(input: Partial<PutMetricAlarmInput> & { AlarmName: string }, reason = REASON): string {
  const store = newStore();
  const alarm: PutMetricAlarmInput = {
    EvaluationPeriods: 1,
    DatapointsToAlarm: 1,
    ComparisonOperator: "GreaterThanThreshold",
    AlarmDescription: "Runbook: https://wiki.example.com/rb/1",
    OKActions: [TOPIC],
    AlarmActions: [TOPIC],
    ...input,
  };
  putMetricAlarm(store, alarm, CONFIGURED);
  return JSON.stringify(alarmMessage(change(store, input.AlarmName, reason)));
}

const cpu: Partial<PutMetricAlarmInput> & { AlarmName: string } = {
  AlarmName: "cpu-high",
  Namespace: "AWS/EC2",
  MetricName: "CPUUtilization",
  Dimensions: [{ Name: "InstanceId", Value: "i-0123456789abcdef0" }],
  Statistic: "Average",
  Period: 300,
  Threshold: 90,
  TreatMissingData: "missing",
};

const once = { EvaluationPeriods: 1, ComparisonOperator: "GreaterThanThreshold" } as const;

// Everything before Trigger, as recorded.
const head = (name: string, description: string | null = "Runbook: https://wiki.example.com/rb/1") =>
  `{"AlarmName":"${name}","AlarmDescription":${JSON.stringify(description)},"AWSAccountId":"111122223333","AlarmConfigurationUpdatedTimestamp":"2026-10-01T08:00:00.000+0000","NewStateValue":"ALARM","NewStateReason":${JSON.stringify(REASON)},"StateChangeTime":"2026-11-01T10:01:02.345+0000","Region":"EU (Ireland)","AlarmArn":"arn:aws:cloudwatch:eu-west-1:111122223333:alarm:${name}","OldStateValue":"OK","ActionExecutedAfterMuteWindow":false,"OKActions":["${TOPIC}"],"AlarmActions":["${TOPIC}"],"InsufficientDataActions":[],`;

describe("what an alarm publishes", () => {
  it("is, for a metric, as recorded to the last character", () => {
    expect(messageOf(cpu)).toBe(
      `${head("cpu-high")}"Trigger":{"MetricName":"CPUUtilization","Namespace":"AWS/EC2","StatisticType":"Statistic","Statistic":"AVERAGE","Unit":null,"Dimensions":[{"value":"i-0123456789abcdef0","name":"InstanceId"}],"Period":300,"EvaluationPeriods":1,"DatapointsToAlarm":1,"ComparisonOperator":"GreaterThanThreshold","Threshold":90,"TreatMissingData":"missing","EvaluateLowSampleCountPercentile":""}}`,
    );
  });

  it("has null for a description that isn't there", () => {
    const { AlarmDescription } = JSON.parse(messageOf({ ...cpu, AlarmDescription: undefined })) as {
      AlarmDescription: unknown;
    };
    expect(AlarmDescription).toBeNull();
  });

  it("names extended statistics as they are", () => {
    const { Statistic: _, ...rest } = cpu;
    const low = { EvaluateLowSampleCountPercentile: "ignore" } as const;
    expect(messageOf({ ...rest, ...low, ExtendedStatistic: "p99", Threshold: 0.5 })).toContain(
      `"StatisticType":"ExtendedStatistic","Statistic":"p99","Unit":null`,
    );
  });

  it("lists the queries of metric math as recorded", () => {
    const stat = (Id: string, MetricName: string): MetricDataQuery => ({
      Id,
      MetricStat: {
        Metric: {
          Namespace: "AWS/ApplicationELB",
          MetricName,
          Dimensions: [{ Name: "LoadBalancer", Value: "app/web/0123456789abcdef" }],
        },
        Period: 60,
        Stat: "Sum",
      },
      ReturnData: false,
    });
    const Metrics = [
      { Id: "e1", Expression: "100*m2/m1", Label: "5xx %", ReturnData: true },
      stat("m1", "RequestCount"),
      stat("m2", "HTTPCode_Target_5XX_Count"),
    ];
    const how = { Threshold: 5, TreatMissingData: "notBreaching" } as const;
    const query = (id: string, name: string) =>
      `{"Id":"${id}","MetricStat":{"Metric":{"Dimensions":[{"value":"app/web/0123456789abcdef","name":"LoadBalancer"}],"MetricName":"${name}","Namespace":"AWS/ApplicationELB"},"Period":60,"Stat":"Sum"},"ReturnData":false}`;
    expect(messageOf({ AlarmName: "5xx-rate", Metrics, ...how })).toBe(
      `${head("5xx-rate")}"Trigger":{"Period":60,"EvaluationPeriods":1,"DatapointsToAlarm":1,"ComparisonOperator":"GreaterThanThreshold","Threshold":5,"TreatMissingData":"notBreaching","EvaluateLowSampleCountPercentile":"","Metrics":[{"Expression":"100*m2/m1","Id":"e1","Label":"5xx %","ReturnData":true},${query("m1", "RequestCount")},${query("m2", "HTTPCode_Target_5XX_Count")}]}}`,
    );
  });

  it("names a composite alarm's rule and the children that triggered it, none after SetAlarmState", () => {
    const store = newStore();
    putMetricAlarm(
      store,
      { ...cpu, EvaluationPeriods: 1, ComparisonOperator: "GreaterThanThreshold" },
      CONFIGURED,
    );
    putCompositeAlarm(
      store,
      { AlarmName: "all", AlarmRule: 'ALARM("cpu-high")', AlarmActions: [TOPIC] },
      CONFIGURED,
    );
    const arn = store.arnOf("cpu-high");
    const data = `{"triggeringAlarms":[{"arn":"${arn}","state":{"value":"ALARM","timestamp":"2026-11-01T10:01:02.345+0000"}}]}`;
    expect(JSON.stringify(alarmMessage(change(store, "all", "x", data)))).toBe(
      `{"AlarmName":"all","AlarmDescription":null,"AWSAccountId":"111122223333","NewStateValue":"ALARM","NewStateReason":"x","StateChangeTime":"2026-11-01T10:01:02.345+0000","Region":"EU (Ireland)","AlarmArn":"arn:aws:cloudwatch:eu-west-1:111122223333:alarm:all","OldStateValue":"OK","ActionExecutedAfterMuteWindow":false,"OKActions":[],"AlarmActions":["${TOPIC}"],"InsufficientDataActions":[],"AlarmRule":"ALARM(\\"cpu-high\\")","TriggeringChildren":[{"Arn":"${arn}","State":{"Value":"ALARM","Timestamp":"2026-11-01T10:01:02.345+0000"}}]}`,
    );
    for (const reasonData of [undefined, "no JSON", "[]", "null"])
      expect(alarmMessage(change(store, "all", "forced", reasonData))).toMatchObject({
        TriggeringChildren: [],
      });
  });

  it("has a subject that SNS takes, however long the name is", () => {
    const store = newStore();
    const subjectOf = (AlarmName: string): string => {
      putMetricAlarm(store, { ...cpu, ...once, AlarmName }, CONFIGURED);
      return alarmSubject(change(store, AlarmName, ""));
    };
    expect(subjectOf("cpu-high")).toBe('ALARM: "cpu-high" in EU (Ireland)');
    expect(subjectOf("x".repeat(200))).toBe(`ALARM: "${"x".repeat(72)}..." in EU (Ireland)`);
    expect(subjectOf("x".repeat(200))).toHaveLength(100);
  });
});
