/** A token bucket: calls a second it refills by, and how many it holds. */
export interface Bucket {
  readonly rate: number;
  readonly burst: number;
}

/** A bucket and how much of it a call takes. */
export interface Charge extends Bucket {
  /** Tells buckets of one operation apart. */
  readonly bucket: string;
  readonly tokens: number;
}

type Input = Readonly<Record<string, unknown>>;

/**
 * Published calls a second of CloudWatch's operations, per account and region (Amazon CloudWatch User Guide, "CloudWatch service
 * quotas"). Buckets hold one second.
 */
const CLOUDWATCH: Readonly<Record<string, number>> = {
  PutMetricAlarm: 3,
  PutCompositeAlarm: 3,
  DeleteAlarms: 3,
  SetAlarmState: 3,
  EnableAlarmActions: 3,
  DisableAlarmActions: 3,
  DescribeAlarms: 9,
  DescribeAlarmsForMetric: 9,
  DescribeAlarmHistory: 20,
  DescribeAlarmContributors: 9,
  PutAlarmMuteRule: 3,
  DeleteAlarmMuteRule: 3,
  GetAlarmMuteRule: 20,
  ListAlarmMuteRules: 50,
  ListMetrics: 25,
  GetMetricData: 500,
  GetMetricStatistics: 400,
  PutMetricData: 500,
  TagResource: 20,
  UntagResource: 20,
  ListTagsForResource: 10,
  PutAnomalyDetector: 10,
  DescribeAnomalyDetectors: 10,
  DeleteAnomalyDetector: 5,
  GetMetricWidgetImage: 20,
  PutDashboard: 10,
  GetDashboard: 10,
  ListDashboards: 10,
  DeleteDashboards: 10,
};

/** EC2's buckets, per operation, account and region (Amazon EC2 API Reference, "Request throttling"). */
const EC2_NON_MUTATING: Bucket = { burst: 100, rate: 20 };
const EC2_UNFILTERED: Bucket = { burst: 50, rate: 10 };
const EC2_MUTATING: Bucket = { burst: 50, rate: 5 };
const EC2: Readonly<Record<string, Bucket>> = {
  CreateTags: { burst: 100, rate: 10 },
  DeleteTags: { burst: 100, rate: 10 },
  CreateSnapshot: { burst: 100, rate: 5 },
  CreateSnapshots: { burst: 100, rate: 5 },
  DeleteSnapshot: { burst: 100, rate: 5 },
  CreateVolume: { burst: 100, rate: 5 },
  DeleteVolume: { burst: 100, rate: 5 },
  ModifySnapshotAttribute: { burst: 100, rate: 5 },
  CopyImage: { burst: 100, rate: 1 },
  RunInstances: { burst: 5, rate: 2 },
  StartInstances: { burst: 5, rate: 2 },
  TerminateInstances: { burst: 100, rate: 5 },
};

/** Instances, not requests: operations that draw on a second bucket. */
const EC2_INSTANCES: Readonly<Record<string, Bucket>> = {
  RunInstances: { burst: 1000, rate: 2 },
  StartInstances: { burst: 1000, rate: 2 },
  StopInstances: { burst: 1000, rate: 20 },
  TerminateInstances: { burst: 1000, rate: 20 },
};

/** Listings whose bucket is smaller when they come without filter and page size. */
const EC2_SMALLER_UNFILTERED = new Set([
  "DescribeInstances",
  "DescribeInstanceStatus",
  "DescribeNetworkInterfaces",
  "DescribeSecurityGroups",
  "DescribeSnapshots",
  "DescribeSpotInstanceRequests",
  "DescribeVolumes",
]);

/** What a call is charged under AWS's published quotas. Empty where none is published. */
export function publishedCharges(service: string, operation: string, input: Input): readonly Charge[] {
  if (service === "cloudwatch") {
    const rate = CLOUDWATCH[operation];
    return rate === undefined ? [] : [{ bucket: "requests", rate, burst: rate, tokens: 1 }];
  }
  return service === "ec2" ? ec2Charges(operation, input) : [];
}

function ec2Charges(operation: string, input: Input): readonly Charge[] {
  const instances = EC2_INSTANCES[operation];
  const requests = EC2[operation];
  const charges: Charge[] = [];
  if (requests) charges.push({ bucket: "requests", ...requests, tokens: 1 });
  else if (!/^(Describe|Get|List|Search)/.test(operation)) {
    charges.push({ bucket: "requests", ...EC2_MUTATING, tokens: 1 });
  } else if (EC2_SMALLER_UNFILTERED.has(operation) && isUnfiltered(input)) {
    charges.push({ bucket: "unfiltered", ...EC2_UNFILTERED, tokens: 1 });
  } else charges.push({ bucket: "requests", ...EC2_NON_MUTATING, tokens: 1 });
  if (instances) charges.push({ bucket: "instances", ...instances, tokens: instanceCount(input) });
  return charges;
}

function isUnfiltered(input: Input): boolean {
  return Object.keys(input).every(
    (name) => name === "DryRun" || (Array.isArray(input[name]) && input[name].length === 0),
  );
}

function instanceCount(input: Input): number {
  const ids = input["InstanceIds"];
  const count = Array.isArray(ids) ? ids.length : Number(input["MaxCount"] ?? 1);
  return Number.isFinite(count) ? count : 1;
}
