import type { AlarmSpec, MetricAlarmSpec } from "../../model/alarm-spec.ts";
import { parseArn } from "../../model/arn.ts";
import type { Problems } from "./problems.ts";

/** CloudWatch's most actions a state. */
const MAX_ACTIONS = 5;
const MAX_ARN = 1024;

/** Services an alarm can act on, with what CloudWatch allows them for. */
const SERVICES = new Set([
  "sns",
  "lambda",
  "automate",
  "swf",
  "autoscaling",
  "ssm",
  "ssm-incidents",
  "aiops",
]);

/** Services that act on ALARM alone. */
const ALARM_ONLY = new Set(["ssm", "ssm-incidents", "aiops"]);

/** What CloudWatch would refuse about an alarm's actions, or let stand without ever running it. */
export function actionProblems(spec: AlarmSpec, problems: Problems): void {
  const lists = [
    ["ALARM", spec.alarmActions],
    ["OK", spec.okActions],
    ["INSUFFICIENT_DATA", spec.insufficientDataActions],
  ] as const;
  for (const [state, actions] of lists) {
    if (actions.length > MAX_ACTIONS)
      problems.error(
        "too-many-actions",
        `${actions.length} actions for ${state} are more than CloudWatch's ${MAX_ACTIONS}`,
      );
    for (const action of actions) oneAction(spec, state, action, problems);
  }
}

function oneAction(spec: AlarmSpec, state: string, action: string, problems: Problems): void {
  const arn = parseArn(action);
  if (!arn || action.length > MAX_ARN) {
    problems.error("bad-action", `"${action}" is no ARN of 1 to ${MAX_ARN} characters`);
    return;
  }
  const { service } = arn;
  if (!SERVICES.has(service))
    problems.warning("unknown-action", `alarms are not known to act on ${service} (${action})`);
  if (state !== "ALARM" && ALARM_ONLY.has(service))
    problems.error("alarm-only-action", `${action} can be an action for ALARM only, not for ${state}`);
  if (service === "automate" || service === "swf") ec2Action(spec, state, action, problems);
  if (service === "autoscaling" && (spec.kind === "composite" || spec.thresholdMetricId !== undefined))
    problems.error(
      "auto-scaling-action",
      `${action}: Auto Scaling takes no actions from ${spec.kind === "composite" ? "composite alarms" : "anomaly bands"}`,
    );
}

/**
 * EC2 actions stop, reboot or recover the instance that the alarm's own metric is about: one metric, with InstanceId among its
 * dimensions (CloudWatch answers "Invalid use of EC2 action" otherwise).
 */
function ec2Action(spec: AlarmSpec, state: string, action: string, problems: Problems): void {
  const verb = /ec2:(recover|reboot|stop|terminate)$/i.exec(action)?.[1] ?? action;
  if (spec.kind === "composite" || spec.metrics) {
    const kind = spec.kind === "composite" ? "a composite alarm" : "metric math or an anomaly band";
    problems.error("ec2-action", `ec2:${verb} needs an alarm on a single metric; this is ${kind}`);
    return;
  }
  if (!spec.dimensions?.some(({ name }) => name === "InstanceId"))
    problems.error(
      "ec2-action",
      `ec2:${verb} needs InstanceId among the dimensions: it acts on that instance`,
    );
  if (verb === "recover" && !(spec.namespace === "AWS/EC2" && spec.metricName === "StatusCheckFailed_System"))
    problems.error(
      "ec2-action",
      `ec2:recover works with AWS/EC2 StatusCheckFailed_System only, not with ${spec.metricName}; ec2:reboot may be meant`,
    );
  statusCheckAction(spec, verb, problems);
  if (spec.treatMissingData === "breaching")
    problems.warning(
      "ec2-action",
      `ec2:${verb} with treatMissingData: breaching acts on an instance whose data are merely late`,
    );
  if (state !== "ALARM")
    problems.warning(
      "ec2-action",
      `ec2:${verb} for ${state} acts on an instance that isn't known to be ill; use it for ALARM`,
    );
}

/** Two alarms of one instance that fire at the same moment would recover and reboot it at once. */
const RECOVER_AFTER = 2 * 60;
const REBOOT_AFTER = 3 * 60;

/**
 * AWS advises two periods of one minute to recover and three to reboot, never the same (CloudWatch user guide, "Create alarms to stop,
 * terminate, reboot, or recover an EC2 instance").
 */
function statusCheckAction(spec: MetricAlarmSpec, verb: string, problems: Problems): void {
  if (spec.namespace !== "AWS/EC2" || !spec.metricName?.startsWith("StatusCheckFailed")) return;
  const seconds = (spec.period ?? 0) * (spec.evaluationPeriods ?? 0);
  const advice =
    "AWS advises 2 periods of 1 min to recover and 3 to reboot: with equal ones both act at once";
  if (verb === "recover" && seconds > RECOVER_AFTER)
    problems.warning("ec2-action", `ec2:recover after ${seconds} s: ${advice}`);
  if (verb === "reboot" && seconds < REBOOT_AFTER)
    problems.warning("ec2-action", `ec2:reboot after ${seconds} s: ${advice}`);
  if (verb === "reboot" && spec.metricName === "StatusCheckFailed_System")
    problems.warning(
      "ec2-action",
      "ec2:reboot for StatusCheckFailed_System stays on the broken host; ec2:recover may be meant",
    );
}
