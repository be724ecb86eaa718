import type { OperationName, Quota, ServiceName } from "./session.ts";

/** CloudWatch and services like it: a bucket that holds one second's worth. */
function perSecond(rate: number): Quota {
  return { ratePerSecond: rate, burst: rate };
}

/** EC2's paginated and filtered Describe calls share these figures, each operation with a bucket of its own. */
const EC2_DESCRIBE: Quota = { ratePerSecond: 20, burst: 100 };
/** Calls that change something and have no figure of their own. */
const EC2_CHANGE: Quota = { ratePerSecond: 5, burst: 50 };
const EC2_ASSOCIATE: Quota = { ratePerSecond: 5, burst: 100 };

/**
 * Published default quotas, calls a second for each account and region, for every operation we call.
 * CloudWatch: user guide `cloudwatch_limits` (2026-04). EC2: `ec2-api-throttling`, non-mutating calls with paging or filters.
 * Route 53: five calls a second for the whole account. SNS: Publish 300 in the smallest regions. SES: accounts out of the
 * sandbox begin at 14 mails a second. SQS: a standard queue has no limit, a FIFO queue 300 a second. SSM: GetParameter 40 at standard
 * throughput; Secrets Manager and KMS allow thousands. The rest of SNS, STS, Service Quotas,
 * Auto Scaling, load balancing and CodeDeploy publish no figure for each of
 * these calls, or far higher ones: we stay modest there, they are called a few times a run.
 */
const PUBLISHED_QUOTAS = {
  autoscaling: {
    DescribeAutoScalingInstances: perSecond(10),
    DescribeInstanceRefreshes: perSecond(10),
    SetInstanceHealth: perSecond(5),
  },
  cloudwatch: {
    DeleteAlarms: perSecond(3),
    DescribeAlarmHistory: perSecond(20),
    DescribeAlarms: perSecond(9),
    EnableAlarmActions: perSecond(3),
    GetMetricData: perSecond(500),
    GetMetricWidgetImage: perSecond(20),
    ListMetrics: perSecond(25),
    ListTagsForResource: perSecond(10),
    PutCompositeAlarm: perSecond(3),
    PutMetricAlarm: perSecond(3),
    PutMetricData: perSecond(500),
    TagResource: perSecond(20),
  },
  codedeploy: {
    BatchGetDeployments: perSecond(5),
    ListDeployments: perSecond(5),
    ListDeploymentTargets: perSecond(5),
  },
  ec2: {
    AssociateIamInstanceProfile: EC2_ASSOCIATE,
    CreateTags: { ratePerSecond: 10, burst: 100 },
    DeleteTags: EC2_CHANGE,
    DescribeIamInstanceProfileAssociations: EC2_DESCRIBE,
    DescribeInstanceCreditSpecifications: EC2_DESCRIBE,
    DescribeInstanceStatus: EC2_DESCRIBE,
    DescribeInstances: EC2_DESCRIBE,
    DescribeVolumes: EC2_DESCRIBE,
    DisassociateIamInstanceProfile: EC2_CHANGE,
    GetConsoleOutput: EC2_DESCRIBE,
    RebootInstances: EC2_CHANGE,
    ReplaceIamInstanceProfileAssociation: EC2_CHANGE,
    StartInstances: { ratePerSecond: 2, burst: 5 },
    StopInstances: EC2_CHANGE,
  },
  elbv2: {
    DescribeTargetGroups: perSecond(10),
    DescribeTargetHealth: perSecond(10),
  },
  iam: {
    AddRoleToInstanceProfile: perSecond(4),
    AttachRolePolicy: perSecond(4),
    CreateInstanceProfile: perSecond(4),
    CreateRole: perSecond(4),
    DeleteInstanceProfile: perSecond(4),
    DeleteRole: perSecond(4),
    DetachRolePolicy: perSecond(4),
    GetAccountAuthorizationDetails: perSecond(5),
    GetInstanceProfile: perSecond(10),
    GetRole: perSecond(10),
    ListAttachedRolePolicies: perSecond(10),
    RemoveRoleFromInstanceProfile: perSecond(4),
  },
  sns: {
    ConfirmSubscription: perSecond(10),
    CreateTopic: perSecond(10),
    DeleteTopic: perSecond(10),
    GetTopicAttributes: perSecond(10),
    ListSubscriptionsByTopic: perSecond(10),
    ListTagsForResource: perSecond(10),
    ListTopics: perSecond(10),
    Publish: perSecond(300),
    Subscribe: perSecond(10),
    TagResource: perSecond(10),
    Unsubscribe: perSecond(10),
    UntagResource: perSecond(10),
  },
  sesv2: {
    SendEmail: perSecond(14),
  },
  sqs: {
    ChangeMessageVisibilityBatch: perSecond(300),
    CreateQueue: perSecond(10),
    DeleteMessageBatch: perSecond(300),
    DeleteQueue: perSecond(10),
    GetQueueAttributes: perSecond(10),
    GetQueueUrl: perSecond(10),
    ListQueueTags: perSecond(10),
    ReceiveMessage: perSecond(300),
    SetQueueAttributes: perSecond(10),
  },
  ssm: {
    CancelCommand: perSecond(5),
    DeleteParameter: perSecond(3),
    DescribeInstanceInformation: perSecond(10),
    DescribeParameters: perSecond(10),
    GetCommandInvocation: perSecond(5),
    GetParameter: perSecond(40),
    GetParameters: perSecond(40),
    ListCommandInvocations: perSecond(5),
    ListCommands: perSecond(5),
    PutParameter: perSecond(3),
    SendCommand: perSecond(5),
  },
  secretsmanager: {
    GetSecretValue: perSecond(100),
  },
  kms: {
    Decrypt: perSecond(100),
  },
  sts: {
    AssumeRole: perSecond(20),
    GetCallerIdentity: perSecond(20),
  },
  route53: {
    ListHostedZones: perSecond(5),
    ListResourceRecordSets: perSecond(5),
  },
  "service-quotas": {
    ListServiceQuotas: perSecond(5),
  },
} satisfies { readonly [S in ServiceName]: Readonly<Record<OperationName<S>, Quota>> };

/** The published quota of an operation. */
export function publishedQuota<S extends ServiceName>(service: S, operation: OperationName<S>): Quota {
  const quotas: Readonly<Record<string, Quota>> = PUBLISHED_QUOTAS[service];
  return quotas[operation] ?? perSecond(1);
}

/** Quota codes of CloudWatch (service code `monitoring`) that accounts can have raised, by operation. */
export const ADJUSTABLE_CLOUDWATCH_QUOTAS = {
  PutMetricAlarm: "L-0720E68F",
  PutCompositeAlarm: "L-515B0B71",
  DescribeAlarms: "L-21CB40A4",
  ListMetrics: "L-05D334F0",
  GetMetricData: "L-5E141212",
} satisfies Partial<Record<OperationName<"cloudwatch">, string>>;
