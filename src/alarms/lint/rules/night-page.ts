import type { MetricAlarmSpec } from "../../../model/alarm-spec.ts";
import { parseArn } from "../../../model/arn.ts";
import { type LintRule, type LintSubject, severityOf } from "../lint-rule.ts";
import { direction, judgedMetric } from "../watched.ts";

/** Conditions that leave time until the morning, or that are no trouble by themselves. */
const CAN_WAIT: readonly {
  readonly metric: RegExp;
  readonly waits: (spec: MetricAlarmSpec, threshold: number) => boolean;
  readonly because: string;
}[] = [
  {
    metric: /^disk_used_percent$/,
    waits: (spec, threshold) => direction(spec) === "high" && threshold <= 90,
    because: "a file system that fills up to 90 % leaves time until the morning",
  },
  {
    metric: /% Free Space$/,
    waits: (spec, threshold) => direction(spec) === "low" && threshold >= 10,
    because: "a drive with 10 % to spare leaves time until the morning",
  },
  {
    metric: /DaysToExpiry/,
    waits: (spec, threshold) => direction(spec) === "low" && threshold >= 3,
    because: "a certificate with days to go leaves time until the morning",
  },
  {
    metric: /^CPUUtilization$|^cpu_usage_/,
    waits: (spec) => direction(spec) === "high",
    because: "a busy processor is no trouble by itself; what users feel is",
  },
  {
    metric: /^Network(In|Out|PacketsIn|PacketsOut)$/,
    waits: (spec) => direction(spec) === "high",
    because: "busy lines are no trouble by themselves; what users feel is",
  },
];

/** Topics that wake somebody, by their names. */
const PAGING = /on-?call|pager|paging|opsgenie|critical|urgent|(^|[-_])p1($|[-_])|sev-?1/i;

export const nightPage = {
  about: "noise",
  severity: "warning",
  title: "It wakes somebody for what a look in the morning would do.",
  remedy: "severity: warning, or a topic that is read in working hours",
  *check(subject) {
    const { spec } = subject;
    const metric = judgedMetric(spec);
    if (!metric || spec.kind === "composite" || !pages(subject)) return;
    const { threshold = 0 } = spec;
    const reason = CAN_WAIT.find(
      (each) => each.metric.test(metric.metricName) && each.waits(spec, threshold),
    );
    if (reason) yield { message: `pages at night: ${reason.because}` };
  },
} as const satisfies LintRule;

/** Whether an alarm wakes somebody: by its severity, else by what its topics are called. EC2 actions alone wake nobody. */
function pages(subject: LintSubject): boolean {
  const severity = severityOf(subject);
  if (severity !== undefined) return severity === "critical";
  return subject.spec.alarmActions.some((action) => {
    const arn = parseArn(action);
    return arn?.service === "sns" && PAGING.test(arn.resource);
  });
}
