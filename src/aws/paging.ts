import { WatchkeeperError } from "../support/errors.ts";
import type { OperationName, ServiceName } from "./session.ts";

/** How one listing is paged. */
interface Paging {
  /** Members of an answer that say where the next page begins, and the input members they go to. */
  readonly next: Readonly<Record<string, string>>;
  /** Member of the answer that says whether there is a next page, where a token alone doesn't. */
  readonly more?: string;
  /** Input member for the size of a page, and the size we ask for. */
  readonly size?: readonly [string, number];
}

const NEXT_TOKEN = { NextToken: "NextToken" } as const;
const LOWER_NEXT_TOKEN = { nextToken: "nextToken" } as const;

/**
 * The listings we read whole. Sizes are the largest allowed, but for instances: one is 4 to 5 KB as XML and many times that
 * while it is decoded, and pages of 250 keep a fleet of 10,000 small in memory for 30 calls more.
 */
const PAGING = {
  autoscaling: {
    DescribeAutoScalingInstances: { next: NEXT_TOKEN, size: ["MaxRecords", 50] },
    DescribeInstanceRefreshes: { next: NEXT_TOKEN, size: ["MaxRecords", 100] },
  },
  cloudwatch: {
    DescribeAlarmHistory: { next: NEXT_TOKEN, size: ["MaxRecords", 100] },
    DescribeAlarms: { next: NEXT_TOKEN, size: ["MaxRecords", 100] },
    GetMetricData: { next: NEXT_TOKEN },
    ListMetrics: { next: NEXT_TOKEN },
  },
  codedeploy: {
    ListDeployments: { next: LOWER_NEXT_TOKEN },
    ListDeploymentTargets: { next: LOWER_NEXT_TOKEN },
  },
  ec2: {
    DescribeIamInstanceProfileAssociations: { next: NEXT_TOKEN, size: ["MaxResults", 1000] },
    DescribeInstanceCreditSpecifications: { next: NEXT_TOKEN, size: ["MaxResults", 1000] },
    DescribeInstanceStatus: { next: NEXT_TOKEN, size: ["MaxResults", 1000] },
    DescribeInstances: { next: NEXT_TOKEN, size: ["MaxResults", 250] },
    DescribeVolumes: { next: NEXT_TOKEN, size: ["MaxResults", 500] },
  },
  elbv2: {
    DescribeTargetGroups: { next: { NextMarker: "Marker" }, size: ["PageSize", 400] },
  },
  iam: {
    GetAccountAuthorizationDetails: {
      next: { Marker: "Marker" },
      more: "IsTruncated",
      size: ["MaxItems", 1000],
    },
    ListAttachedRolePolicies: { next: { Marker: "Marker" }, more: "IsTruncated", size: ["MaxItems", 100] },
  },
  sns: {
    ListSubscriptionsByTopic: { next: NEXT_TOKEN },
    ListTopics: { next: NEXT_TOKEN },
  },
  sts: {},
  route53: {
    ListHostedZones: { next: { NextMarker: "Marker" }, more: "IsTruncated", size: ["MaxItems", 100] },
    ListResourceRecordSets: {
      next: {
        NextRecordName: "StartRecordName",
        NextRecordType: "StartRecordType",
        NextRecordIdentifier: "StartRecordIdentifier",
      },
      more: "IsTruncated",
      size: ["MaxItems", 300],
    },
  },
  sesv2: {},
  sqs: {},
  ssm: {
    DescribeInstanceInformation: { next: NEXT_TOKEN, size: ["MaxResults", 50] },
    DescribeParameters: { next: NEXT_TOKEN, size: ["MaxResults", 50] },
    ListCommandInvocations: { next: NEXT_TOKEN, size: ["MaxResults", 50] },
    ListCommands: { next: NEXT_TOKEN, size: ["MaxResults", 50] },
  },
  secretsmanager: {},
  kms: {},
  "service-quotas": {
    ListServiceQuotas: { next: NEXT_TOKEN, size: ["MaxResults", 100] },
  },
} as const satisfies { readonly [S in ServiceName]: Partial<Record<OperationName<S>, Paging>> };

/**
 * All pages of a listing. `ask` makes one call. A page size in `input` is kept. An answer that names a page which was asked
 * for before fails with `RepeatedPage`, since the listing would never end.
 */
export async function* pagesOf<Output>(
  service: ServiceName,
  operation: string,
  input: object,
  ask: (input: object) => Promise<Output>,
): AsyncGenerator<Output, void, undefined> {
  const paging = (PAGING[service] as Readonly<Record<string, Paging>>)[operation];
  if (!paging) {
    throw new WatchkeeperError("NotPaged", `${service}:${operation} is not a paged listing`, {
      source: "internal",
    });
  }
  const first: object = paging.size ? { [paging.size[0]]: paging.size[1], ...input } : input;
  const asked = new Set<string>();
  let request = first;
  for (;;) {
    const page = await ask(request);
    yield page;
    const next = nextPage(paging, page as Readonly<Record<string, unknown>>);
    if (!next) return;
    const key = JSON.stringify(next);
    if (asked.has(key)) {
      throw new WatchkeeperError("RepeatedPage", `${service}:${operation} named the same next page twice`, {
        source: "aws",
        remedy: "run again; the endpoint's paging is at fault",
      });
    }
    asked.add(key);
    request = { ...first, ...next };
  }
}

/** Input members for the next page; undefined at the end of the listing. */
function nextPage(paging: Paging, page: Readonly<Record<string, unknown>>): object | undefined {
  if (paging.more !== undefined && page[paging.more] !== true) return undefined;
  const members = Object.entries(paging.next)
    .map(([from, to]) => [to, page[from]] as const)
    .filter(([, value]) => value !== undefined && value !== null && value !== "");
  return members.length === 0 ? undefined : Object.fromEntries(members);
}
