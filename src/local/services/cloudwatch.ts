// CloudWatch: alarms with CloudWatch's own validation, their history and tags, metrics, statistics and anomaly detectors.

import { metricStoreKey } from "../metrics/metric-store-key.ts";
import type { StoredMetrics } from "../metrics/stored-metrics.ts";
import type { Handlers, LocalService, RequestContext } from "../service.ts";
import type { AlarmStore } from "./cloudwatch/alarm-store.ts";
import { listTags, tagResource, untagResource } from "./cloudwatch/alarm-tags.ts";
import { type AnomalyDetectors, anomalyDetectorsKey } from "./cloudwatch/anomaly-detectors.ts";
import { deleteAlarms, setActionsEnabled, setAlarmState } from "./cloudwatch/change-alarms.ts";
import { describeAlarms, describeAlarmsForMetric } from "./cloudwatch/describe-alarms.ts";
import { describeAlarmHistory } from "./cloudwatch/describe-history.ts";
import { alarmsOf } from "./cloudwatch/evaluation/evaluated-alarms.ts";
import { getMetricData } from "./cloudwatch/get-metric-data.ts";
import { getMetricStatistics } from "./cloudwatch/get-metric-statistics.ts";
import { getMetricWidgetImage, pictureAlone } from "./cloudwatch/get-metric-widget-image.ts";
import { metricListingsKey } from "./cloudwatch/list-metrics.ts";
import { putCompositeAlarm } from "./cloudwatch/put-composite-alarm.ts";
import { putMetricAlarm } from "./cloudwatch/put-metric-alarm.ts";
import { putMetricData } from "./cloudwatch/put-metric-data.ts";

const alarms = ({ cloud, account, region }: RequestContext): AlarmStore => alarmsOf(cloud, account, region);
const metrics = ({ cloud, account, region }: RequestContext): StoredMetrics =>
  cloud.state(metricStoreKey, account, region);
const detectors = ({ cloud, account, region }: RequestContext): AnomalyDetectors =>
  cloud.state(anomalyDetectorsKey, account, region);

const handlers: Handlers<typeof import("@aws-sdk/client-cloudwatch")> = {
  PutMetricAlarm(input, context) {
    putMetricAlarm(alarms(context), input, context.now);
    return {};
  },
  PutCompositeAlarm(input, context) {
    putCompositeAlarm(alarms(context), input, context.now);
    return {};
  },
  DescribeAlarms: (input, context) => describeAlarms(alarms(context), input, context.now),
  DescribeAlarmsForMetric: (input, context) => describeAlarmsForMetric(alarms(context), input, context.now),
  DescribeAlarmHistory: (input, context) => describeAlarmHistory(alarms(context), input, context.now),
  DeleteAlarms(input, context) {
    deleteAlarms(alarms(context), input, context.now);
    return {};
  },
  EnableAlarmActions(input, context) {
    setActionsEnabled(alarms(context), input, true, context.now);
    return {};
  },
  DisableAlarmActions(input, context) {
    setActionsEnabled(alarms(context), input, false, context.now);
    return {};
  },
  SetAlarmState(input, context) {
    setAlarmState(alarms(context), input, context.now);
    return {};
  },
  TagResource(input, context) {
    tagResource(alarms(context), input);
    return {};
  },
  UntagResource(input, context) {
    untagResource(alarms(context), input);
    return {};
  },
  ListTagsForResource: (input, context) => listTags(alarms(context), input),
  PutMetricData(input, context) {
    putMetricData(metrics(context), input, context.now);
    return {};
  },
  ListMetrics(input, { cloud, account, region, now }) {
    const listings = cloud.state(metricListingsKey, account, region);
    return listings.list(input, { account, now, lag: cloud.faults.listLagMs });
  },
  GetMetricStatistics: (input, context) => getMetricStatistics(metrics(context), input, context.now),
  GetMetricData: (input, context) =>
    getMetricData({ metrics: metrics(context), detectors: detectors(context), now: context.now }, input),
  GetMetricWidgetImage: (input, context) =>
    getMetricWidgetImage(
      { metrics: metrics(context), detectors: detectors(context), now: context.now },
      input,
      context.region,
    ),
  PutAnomalyDetector: (input, context) => detectors(context).put(input),
  DescribeAnomalyDetectors: (input, context) => detectors(context).describe(input),
  DeleteAnomalyDetector(input, context) {
    detectors(context).delete(input);
    return {};
  },
};

export const cloudwatch: LocalService = {
  sdk: "@aws-sdk/client-cloudwatch",
  signingName: "monitoring",
  target: "GraniteServiceVersion20100801",
  version: "2010-08-01",
  xmlNamespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
  defaultProtocol: "awsJson1_0",
  queryCompatible: true,
  handlers,
  bare: (operation, input, output) =>
    operation === "GetMetricWidgetImage" ? pictureAlone(input, output) : undefined,
};
