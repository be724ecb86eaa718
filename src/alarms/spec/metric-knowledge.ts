import type { Resource } from "../../model/resource.ts";

/** What is known of how AWS publishes a metric. Sources: the services' monitoring pages. */
export interface MetricKnowledge {
  /** Seconds between its datapoints. */
  readonly intervalSeconds: number;
  /** Why it is that, for people. */
  readonly because?: string;
}

/** Metrics of AWS/EC2 that come every five minutes even with detailed monitoring. */
const CREDIT_METRIC = /^CPU(Surplus)?Credit/;

/** Namespaces that publish each minute. Those of other services aren't known here. */
const MINUTELY = new Set([
  "AWS/EBS",
  "AWS/ApplicationELB",
  "AWS/NetworkELB",
  "AWS/ELB",
  "AWS/RDS",
  "AWS/Lambda",
]);

/** How often a metric is published; undefined where that depends on somebody's configuration or isn't known. */
export function publishedInterval(
  namespace: string,
  metricName: string,
  resource?: Resource,
): MetricKnowledge | undefined {
  if (namespace === "AWS/EC2") {
    if (metricName.startsWith("StatusCheckFailed")) return { intervalSeconds: 60 };
    if (CREDIT_METRIC.test(metricName))
      return { intervalSeconds: 300, because: "credits are counted every 5 minutes" };
    const detailed = resource?.facts["monitoring"];
    if (detailed === false)
      return {
        intervalSeconds: 300,
        because: "detailed monitoring is off for at least one of its instances",
      };
    return detailed === true ? { intervalSeconds: 60 } : undefined;
  }
  return MINUTELY.has(namespace) ? { intervalSeconds: 60 } : undefined;
}

/** Metrics published only when they aren't zero: silence is health. Sources: the services' metric references. */
const SPARSE: Readonly<Record<string, RegExp>> = {
  "AWS/ApplicationELB": /^HTTPCode_|^RejectedConnectionCount$|ErrorCount$/,
  "AWS/ELB": /^HTTPCode_|^BackendConnectionErrors$|^SpilloverCount$/,
  "AWS/DynamoDB": /Throttle|^SystemErrors$|^UserErrors$|^ConditionalCheckFailedRequests$/,
  "AWS/Lambda": /^DeadLetterErrors$|^DestinationDeliveryFailures$/,
  "AWS/States": /^ExecutionThrottled$/,
};

/** Whether a metric is published only when something happened. */
export function isSparse(namespace: string, metricName: string): boolean {
  return SPARSE[namespace]?.test(metricName) ?? false;
}

/** Metrics that are 1 for every event, so that only their Sum and SampleCount say anything. */
const EVENTS: Readonly<Record<string, RegExp>> = {
  "AWS/ApplicationELB": /^HTTPCode_|^RequestCount$|ErrorCount$|^RejectedConnectionCount$/,
  "AWS/ELB": /^HTTPCode_|^RequestCount$|^BackendConnectionErrors$/,
  "AWS/ApiGateway": /^Count$/,
};

/** Whether every datapoint of a metric counts one event. */
export function countsEvents(namespace: string, metricName: string): boolean {
  return EVENTS[namespace]?.test(metricName) ?? false;
}
