// Small things for the tests of this folder.
import type { AlarmDefinition, AlarmPolicy } from "../model/alarm-policy.ts";
import type { Configuration } from "../model/configuration.ts";
import type { Resource } from "../model/resource.ts";

const ACCOUNT = "111122223333";
const REGION = "eu-central-1";

/** A running instance with its id as its name. */
export function instance(id: string, more: Partial<Resource> = {}): Resource {
  return {
    arn: `arn:aws:ec2:${REGION}:${ACCOUNT}:instance/${id}`,
    type: "ec2.instance",
    account: ACCOUNT,
    region: REGION,
    id,
    name: id,
    state: "running",
    tags: {},
    facts: {},
    ...more,
  };
}

/** A CPU alarm of every instance. */
export function definition(more: Partial<AlarmDefinition> = {}): AlarmDefinition {
  return {
    key: "cpu-high",
    enabled: true,
    severity: "warning",
    about: { notes: [] },
    resourceTypes: ["ec2.instance"],
    when: {},
    requireSeen: false,
    namespace: "AWS/EC2",
    metricName: "CPUUtilization",
    dimensions: { InstanceId: "$resource.id" },
    statistic: "Average",
    period: 300,
    evaluationPeriods: 3,
    threshold: 90,
    comparisonOperator: "GreaterThanThreshold",
    ...more,
  };
}

/** The same without the metric, threshold and operator: for math and composite alarms. */
export function bareDefinition(more: Partial<AlarmDefinition>): AlarmDefinition {
  const {
    namespace: _namespace,
    metricName: _metricName,
    dimensions: _dimensions,
    statistic: _statistic,
    threshold: _threshold,
    comparisonOperator: _operator,
    period: _period,
    evaluationPeriods: _periods,
    ...rest
  } = definition();
  return { ...rest, ...more };
}

/** A policy for instances tagged `Managed=Yes`. */
export function policy(more: Partial<AlarmPolicy> = {}): AlarmPolicy {
  return {
    name: "production",
    select: { types: ["ec2.instance"], tags: { Managed: { anyOf: ["Yes"] } } },
    alarms: [definition()],
    overrides: [],
    existing: "warn",
    merge: "keep",
    quietStart: false,
    includeAutoScalingMembers: false,
    ...more,
  };
}

/** A configuration of these policies with topics `oncall` and `team`. */
export function configuration(
  policies: readonly AlarmPolicy[],
  more: Partial<Configuration> = {},
): Configuration {
  const none = { alarm: [], ok: [], insufficientData: [] };
  return {
    version: 1,
    name: "web-team",
    file: "watchkeeper.yaml",
    hash: "0",
    expectAccounts: [],
    regions: [REGION],
    accounts: [{}],
    policies,
    severities: {
      critical: { ...none, alarm: ["oncall"], ok: ["oncall"] },
      warning: { ...none, alarm: ["team"] },
      info: none,
    },
    topics: { oncall: { key: "oncall", name: "Alarms" }, team: { key: "team", name: "web-team" } },
    limits: { deletes: { percent: 10, minimum: 5 } },
    ...more,
  };
}
