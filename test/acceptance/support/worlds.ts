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
  /** Lines of policies, limits and such that follow; at no indent. */
  readonly more?: string;
  /** Lines of the policy; indented by four. */
  readonly policy?: string;
  readonly select?: string;
}

/** A configuration of few alarms: CPU and memory of each instance, and one of both. */
export function configuration(parts: ConfigurationParts = {}): string {
  const { cpuThreshold = 80, periods = 3, more = "", policy = "", select = 'Managed: "Yes"' } = parts;
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
      status:
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
