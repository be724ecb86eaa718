/** What `watchkeeper init` knows when it writes a first configuration. */
export interface TemplateValues {
  /** Configuration name: lower-case letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  readonly region: string;
  /** Account id of the credentials at hand, when there are any. */
  readonly account?: string;
}

/** Text of a first `watchkeeper.yaml`: commented, valid as it stands, and quiet (no message when an alarm goes back to OK). */
export function configurationTemplate({ name, region, account }: TemplateValues): string {
  const expected =
    account === undefined
      ? `# expectAccounts: ["111122223333"]`
      : `expectAccounts: [${JSON.stringify(account)}]`;
  return `# Check it: watchkeeper validate. See what it would do, changing nothing: watchkeeper plan
version: 1

# Owns what it creates and is part of every alarm's identity: choose it once, don't change it later.
name: ${name}

# A safeguard: nothing is done in any other account.
${expected}
regions: [${region}]

policies:
  - name: production
    # Which instances and volumes: those with this tag. See what it finds: watchkeeper inventory
    select:
      type: [ec2.instance, ebs.volume]
      tags: { Managed: "Yes" }
    # A set of ready alarms. See them: watchkeeper packs show essentials
    pack: essentials
    # What differs for some of them; write only the fields that differ, in CloudWatch's own words.
    # overrides:
    #   - select: { tags: { Role: batch } }
    #     alarms:
    #       cpu-high: { threshold: 98, evaluationPeriods: 10, datapointsToAlarm: 10 }
    #       disk-full-warning: { enabled: false }
    # Alarms of your own.
    # alarms:
    #   queue-age:
    #     appliesTo: ec2.instance
    #     namespace: Acme/Worker
    #     metricName: OldestJobSeconds
    #     dimensions: { InstanceId: $resource.id }
    #     statistic: Maximum
    #     period: 1m
    #     evaluationPeriods: 5
    #     datapointsToAlarm: 3
    #     comparisonOperator: GreaterThanThreshold
    #     threshold: 900
    #     severity: critical

# Where alarms send to. To hear of the end of an alarm as well: critical: { alarm: [oncall], ok: [oncall] }
severities:
  critical: { alarm: [oncall] }
  warning: { alarm: [team] }
  info: {}

# SNS topics, made in every account and region by the first apply. Subscribe people or tools yourself, or see notifications.
topics:
  oncall: { name: ${name.replaceAll(".", "-")}-oncall }
  team: { name: ${name.replaceAll(".", "-")}-team }

# Who is told, and where. The plan makes the queue and subscribes it to the topics; watchkeeper notify listen reads it.
# notifications:
#   listen: { queue: ${name.replaceAll(".", "-")}-inbox }
#   channels:
#     team: slack://env:SLACK_TOKEN@/C0123456789
#   route: { receiver: team, group_by: [alertname, account, region] }

limits:
  # Resources that are merely absent lose their alarms only while they are few: percent of all, and always this many.
  deletes: { percent: 10, minimum: 5 }
  # US dollars a month; a plan that costs more is refused.
  # monthlyCost: 500
`;
}
