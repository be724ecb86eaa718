/** A small fleet under watch: three instances with an agent. */
export const SCENARIO = `
version: 1
region: eu-central-1
groups:
  - name: web
    count: 3
    names: web-{n}
    type: t3.medium
    tags: { Managed: "Yes", Role: web }
    agent: true
  - name: other
    names: playground
    tags: { Owner: kim }
`;

/** What one configuration of that fleet differs in from another. */
export interface ConfigurationParts {
  readonly cpuThreshold?: number;
  readonly periods?: number;
  /** Key of the alarm of the status check. */
  readonly second?: string;
  /** Lines of policies, limits and such that follow; at no indent. */
  readonly more?: string;
  /** Lines of the policy; indented by four. */
  readonly policy?: string;
  readonly select?: string;
}

/** A configuration of two alarms for each instance: its CPU, and its status check. */
export function configuration(parts: ConfigurationParts = {}): string {
  const {
    cpuThreshold = 80,
    periods = 3,
    second = "status",
    more = "",
    policy = "",
    select = 'Managed: "Yes"',
  } = parts;
  return `version: 1
name: web-team
regions: [eu-central-1]
policies:
  - name: production
    select: { type: ec2.instance, tags: { ${select} } }
${policy}    alarms:
      cpu:
        appliesTo: ec2.instance
        intent: CPU is busy.
        namespace: AWS/EC2
        metricName: CPUUtilization
        dimensions: { InstanceId: $resource.id }
        statistic: Average
        period: 5m
        evaluationPeriods: ${periods}
        comparisonOperator: GreaterThanThreshold
        threshold: ${cpuThreshold}
        severity: critical
      ${second}:
        appliesTo: ec2.instance
        intent: The instance fails its status check.
        namespace: AWS/EC2
        metricName: StatusCheckFailed_Instance
        dimensions: { InstanceId: $resource.id }
        statistic: Maximum
        period: 1m
        evaluationPeriods: 3
        comparisonOperator: GreaterThanOrEqualToThreshold
        threshold: 1
        severity: warning
severities:
  critical: { alarm: [oncall] }
  warning: { alarm: [team] }
topics:
  oncall: { name: oncall }
  team: { name: team }
${more}`;
}

/** Three instances for the sweep. */
export const SWEEP_SCENARIO = `
version: 1
region: eu-central-1
groups:
  - name: web
    count: 3
    names: web-{n}
    type: t3.medium
    tags: { Managed: "Yes" }
`;

function sweepConfiguration(threshold: number, second: string, rule: string, more = ""): string {
  return `version: 1
name: web-team
regions: [eu-central-1]
policies:
  - name: production
    select: { type: ec2.instance, tags: { Managed: "Yes" } }
    alarms:
      cpu:
        appliesTo: ec2.instance
        namespace: AWS/EC2
        metricName: CPUUtilization
        dimensions: { InstanceId: $resource.id }
        statistic: Average
        period: 5m
        evaluationPeriods: 3
        comparisonOperator: GreaterThanThreshold
        threshold: ${threshold}
        severity: warning
      ${second}:
        appliesTo: ec2.instance
        namespace: AWS/EC2
        metricName: StatusCheckFailed_Instance
        dimensions: { InstanceId: $resource.id }
        statistic: Maximum
        period: 1m
        evaluationPeriods: 3
        comparisonOperator: GreaterThanOrEqualToThreshold
        threshold: 1
        severity: warning
      frozen:
        alarmRule: ${rule}
        severity: critical
${more}severities:
  critical: { alarm: [oncall] }
topics:
  oncall: { name: oncall }
`;
}

/** What was applied before the sweep ... */
export const SWEEP_BEFORE = sweepConfiguration(
  80,
  "status",
  "ALARM($cpu) AND ALARM($status)",
  `  - name: everything
    alarms:
      all:
        alarmRule: ALARM("somebody-else")
        severity: critical
`,
);

/** ... and what is applied in it: alarms and composites change, come and go, composites before the children they lose. */
export const SWEEP_AFTER = sweepConfiguration(85, "health", "ALARM($cpu) AND ALARM($health)");
