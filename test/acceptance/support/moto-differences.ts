// Where the local cloud and moto answer the same request differently, each with who is right and how we know.

/** One known difference, seen in one or more requests and members. */
export interface KnownDifference {
  /** What differs, for people. */
  readonly what: string;
  /** Names of the requests where it is seen. */
  readonly requests: readonly string[];
  /** Members that differ: whole paths, or ends of them. None: the whole answer does. */
  readonly members?: readonly string[];
  /** What each of the two does. */
  readonly local: string;
  readonly moto: string;
  /** Who does as AWS does. `both`: AWS leaves it open. */
  readonly asAws: "local" | "moto" | "both" | "neither";
  /** How we know. */
  readonly source: string;
}

/** The version of moto that the table was made with. */
export const MOTO_VERSION = "5.2.1";

const INSTANCES = ["run instances", "describe one instance"];

/** The table. */
export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    what: "Who the caller is",
    requests: ["who am I"],
    members: ["Arn"],
    local: "the account's root, `arn:aws:iam::…:root`, as its keys are the account's own",
    moto: "an invented user, in the form of an STS ARN",
    asAws: "local",
    source: "STS API, GetCallerIdentity: the ARN of the principal whose keys signed",
  },
  {
    what: "`PackedPolicySize` of a session",
    requests: ["assume role"],
    members: ["PackedPolicySize"],
    local: "absent: no session policy was given",
    moto: "always 6",
    asAws: "local",
    source: "STS API, AssumeRole: how much the passed session policies and tags take of their limit",
  },
  {
    what: "Sessions shorter than 15 minutes",
    requests: ["assume role for a minute"],
    local: "refused with ValidationError",
    moto: "given out",
    asAws: "local",
    source: "STS API, AssumeRole: DurationSeconds is 900 at the least",
  },
  {
    what: "Root device and its name",
    requests: [...INSTANCES, "describe volumes of an instance"],
    members: ["DeviceName", "RootDeviceName", "Attachments[].Device"],
    local: "`/dev/xvda`, as Amazon Linux images have it",
    moto: "`/dev/sda1`",
    asAws: "both",
    source: "EC2 user guide, “Device names for volumes on Amazon EC2 instances”: depends on the image",
  },
  {
    what: "Members that every instance of today has",
    requests: INSTANCES,
    members: [
      "EnaSupport",
      "EbsCardIndex",
      "CpuOptions",
      "CapacityReservationSpecification",
      "HibernationOptions.Configured",
      "EnclaveOptions",
      "BootMode",
      "CurrentInstanceBootMode",
      "PlatformDetails",
      "UsageOperation",
      "UsageOperationUpdateTime",
      "PrivateDnsNameOptions",
      "MaintenanceOptions",
      "NetworkPerformanceOptions",
      "Operator",
      "Placement.AvailabilityZoneId",
      "PrivateIpAddresses[].PrivateDnsName",
    ],
    local: "present",
    moto: "absent",
    asAws: "local",
    source: "EC2 API, Instance; answers of DescribeInstances in the AWS CLI's reference",
  },
  {
    what: "Members of instances from before Nitro",
    requests: INSTANCES,
    members: ["VirtualizationType", "SriovNetSupport", "KernelId"],
    local: "`hvm`, no kernel, ENA instead of SR-IOV: a t3 is a Nitro instance",
    moto: "`paravirtual`, a kernel named `None`, `simple`",
    asAws: "local",
    source: "EC2 user guide, “Instances built on the AWS Nitro System”: Nitro supports HVM images only",
  },
  {
    what: "`StateReason` of an instance that nobody stopped",
    requests: INSTANCES,
    members: ["StateReason"],
    local: "absent",
    moto: "present and empty",
    asAws: "local",
    source: "EC2 API, Instance: the reason for the most recent state transition",
  },
  {
    what: "Security groups of an instance",
    requests: INSTANCES,
    members: ["SecurityGroups"],
    local: "the default group of the VPC, when none is asked for",
    moto: "none",
    asAws: "local",
    source: "EC2 API, RunInstances: if you don't specify a security group, the default one is used",
  },
  {
    what: "DNS names of an instance",
    requests: INSTANCES,
    members: [
      "NetworkInterfaces[].PrivateDnsName",
      "NetworkInterfaces[].Association.PublicDnsName",
      "PrivateIpAddresses[].Association.PublicDnsName",
    ],
    local: "the region's own form, `ip-….eu-central-1.compute.internal`",
    moto: "`ip-….ec2.internal` in every region, for public names too",
    asAws: "local",
    source: "VPC user guide, “DNS attributes for your VPC”: ec2.internal is us-east-1's",
  },
  {
    what: "Details of network interfaces",
    requests: INSTANCES,
    members: ["Association.IpOwnerId", "Attachment.DeleteOnTermination", "NetworkInterfaces[].Description"],
    local: "address owned by `amazon`, deleted with the instance, no description",
    moto: "address owned by the account, kept, described",
    asAws: "local",
    source:
      "EC2 API, InstanceNetworkInterfaceAssociation; EC2 user guide: the primary interface goes with its instance",
  },
  {
    what: "Metadata options",
    requests: INSTANCES,
    members: [
      "MetadataOptions.State",
      "MetadataOptions.HttpTokens",
      "MetadataOptions.HttpPutResponseHopLimit",
    ],
    local: "IMDSv2 required and two hops, as with images of Amazon Linux 2023; `pending` at first",
    moto: "optional tokens, one hop, applied at once",
    asAws: "both",
    source: "EC2 user guide, “Configure the instance metadata service options”: depends on the image",
  },
  {
    what: "States of instances",
    requests: ["describe one instance", "terminate an instance"],
    members: ["State.Code", "State.Name", "PreviousState.Code", "PreviousState.Name"],
    local: "an instance is pending for some seconds",
    moto: "an instance runs at once",
    asAws: "local",
    source: "EC2 user guide, “Instance lifecycle”",
  },
  {
    what: "Instance types that don't exist",
    requests: ["run instances of no type"],
    local: "refused with InvalidParameterValue",
    moto: "launched",
    asAws: "local",
    source: "EC2 API, error codes: InvalidParameterValue",
  },
  {
    what: "Tag keys that begin with `aws:`",
    requests: ["tag with a reserved key"],
    local: "refused",
    moto: "set",
    asAws: "local",
    source: "EC2 API, Tag: may not begin with aws:",
  },
  {
    what: "Tags that should not have been set",
    requests: ["describe one instance", "describe tags"],
    members: ["Tags"],
    local: "two tags",
    moto: "three: the reserved one as well",
    asAws: "local",
    source: "follows from the one before",
  },
  {
    what: "Pages of DescribeInstances",
    requests: ["page through instances"],
    members: ["sizes"],
    local: "pages of at most MaxResults instances, even within a reservation",
    moto: "whole reservations: all on one page, the one launched by mistake too",
    asAws: "local",
    source: "EC2 API, DescribeInstances: MaxResults is the maximum number of items to return",
  },
  {
    what: "Filters that don't exist",
    requests: ["filter instances by colour"],
    local: "refused with InvalidParameterValue, “The filter 'colour' is invalid”",
    moto: "a web page with status 500",
    asAws: "local",
    source: "EC2 API, error codes: InvalidParameterValue",
  },
  {
    what: "Volumes made at launch",
    requests: ["describe volumes of an instance"],
    members: [
      "VolumeType",
      "Iops",
      "Throughput",
      "MultiAttachEnabled",
      "SnapshotId",
      "Operator",
      "AvailabilityZoneId",
      "DeleteOnTermination",
      "EbsCardIndex",
    ],
    local: "gp3 with its 3,000 IOPS and 125 MiB/s, from the image's snapshot, deleted with the instance",
    moto: "gp2, without performance, snapshot or deletion",
    asAws: "local",
    source: "EC2 API, Volume; EBS user guide, “General Purpose SSD volumes”; the type depends on the image",
  },
  {
    what: "Filters of DescribeRegions",
    requests: ["describe the regions of Europe"],
    members: ["Regions"],
    local: "apply",
    moto: "are ignored",
    asAws: "local",
    source: "EC2 API, DescribeRegions: Filters",
  },
  {
    what: "Alarms that can't be",
    requests: [
      "put alarm without threshold",
      "put alarm with an odd period",
      "put alarm over more than a week",
    ],
    local: "refused with ValidationException",
    moto: "stored",
    asAws: "local",
    source: "CloudWatch API, PutMetricAlarm: Threshold, Period and EvaluationPeriods",
  },
  {
    what: "Listings that hold such alarms",
    requests: ["describe alarms of no type", "describe alarms for a metric"],
    members: ["metric", "names"],
    local: "without them",
    moto: "with them",
    asAws: "local",
    source: "follows from the one before",
  },
  {
    what: "Composite alarms over JSON",
    requests: ["put composite alarm", "delete an alarm that a composite needs"],
    local: "are made, and their members can't be deleted",
    moto: "a web page with status 500",
    asAws: "local",
    source: "CloudWatch API, PutCompositeAlarm and DeleteAlarms",
  },
  {
    what: "Composite alarms of alarms that don't exist",
    requests: ["put composite alarm of an unknown one"],
    local: "refused with ValidationException",
    moto: "a web page with status 500",
    asAws: "local",
    source: "CloudWatch API, PutCompositeAlarm: the alarms in a rule have to exist",
  },
  {
    what: "Alarms of one type",
    requests: ["describe composite alarms"],
    members: ["CompositeAlarms", "MetricAlarms"],
    local: "only those of the type that was asked for",
    moto: "AlarmTypes is ignored",
    asAws: "local",
    source: "CloudWatch API, DescribeAlarms: AlarmTypes",
  },
  {
    what: "State of a new alarm",
    requests: ["describe one alarm", "describe alarm of metric math"],
    members: ["StateValue"],
    local: "INSUFFICIENT_DATA until it is evaluated",
    moto: "OK",
    asAws: "local",
    source: "CloudWatch API, PutMetricAlarm: a new alarm's state is immediately set to INSUFFICIENT_DATA",
  },
  {
    what: "Members of an alarm",
    requests: ["describe one alarm", "describe alarm of metric math"],
    members: ["StateTransitionedTimestamp", "StateReasonData", "Metrics", "ReturnData"],
    local: "with the time of its last transition and the default of ReturnData; without empty members",
    moto: "without those; with empty StateReasonData and Metrics",
    asAws: "local",
    source: "CloudWatch API, MetricAlarm and MetricDataQuery (ReturnData: the default is true)",
  },
  {
    what: "Pages of DescribeAlarms",
    requests: ["page through alarms"],
    members: ["sizes"],
    local: "of MaxRecords alarms",
    moto: "everything at once",
    asAws: "local",
    source: "CloudWatch API, DescribeAlarms: MaxRecords",
  },
  {
    what: "Pages of more than 100 alarms",
    requests: ["describe more alarms than a page may have"],
    local: "refused with ValidationException",
    moto: "answered",
    asAws: "local",
    source: "CloudWatch API, DescribeAlarms: MaxRecords is 100 at the most",
  },
  {
    what: "Tags in a PutMetricAlarm that changes an alarm",
    requests: ["list tags of alarm"],
    members: ["Tags[].Value"],
    local: "are ignored",
    moto: "replace the alarm's",
    asAws: "local",
    source:
      "CloudWatch API, PutMetricAlarm: tags are set when the alarm is created, and ignored when it is updated",
  },
  {
    what: "Message of ResourceNotFound",
    requests: ["set state of an unknown alarm"],
    members: ["message"],
    local: "none, so that clients make up their own",
    moto: "a text",
    asAws: "local",
    source: "recorded from CloudWatch: status 404 with an empty message",
  },
  {
    what: "Operations of alarms that moto lacks over JSON",
    requests: ["disable alarm actions", "describe alarm history"],
    local: "answered",
    moto: "a web page with status 500",
    asAws: "local",
    source: "CloudWatch API, DisableAlarmActions and DescribeAlarmHistory",
  },
  {
    what: "Deleting an alarm that doesn't exist",
    requests: ["delete an unknown alarm"],
    local: "ResourceNotFound when none of the names exists",
    moto: "nothing happens",
    asAws: "local",
    source:
      "CloudWatch API, DeleteAlarms: its one modelled error is ResourceNotFound; alarms with correct names go anyway",
  },
  {
    what: "Metric data that CloudWatch doesn't take",
    requests: ["put metric data into AWS's namespace", "put metric data of three weeks ago"],
    local: "refused with InvalidParameterValueException",
    moto: "stored",
    asAws: "local",
    source:
      "CloudWatch API, PutMetricData: Namespace may not begin with AWS/; Timestamp at most two weeks in the past",
  },
  {
    what: "Labels of metric data",
    requests: ["get metric data"],
    members: ["MetricDataResults[].Label"],
    local: "what tells the queries of a request apart: here the metric's name",
    moto: "name and statistic",
    asAws: "local",
    source: "recorded from CloudWatch: the statistic is in the label when statistics differ",
  },
  {
    what: "`Messages` of GetMetricData",
    requests: ["get metric data"],
    members: ["Messages"],
    local: "an empty list",
    moto: "absent",
    asAws: "local",
    source: "answers of GetMetricData in the AWS CLI's reference",
  },
  {
    what: "Message about a topic's name",
    requests: ["create topic with a slash"],
    members: ["message"],
    local: "“Invalid parameter: Topic Name”",
    moto: "the rules for names",
    asAws: "local",
    source: "SNS answers InvalidParameter with the name of the parameter",
  },
  {
    what: "Signature of notifications",
    requests: ["receive"],
    members: ["Signature", "SignatureVersion", "SigningCertURL", "UnsubscribeURL"],
    local: "absent: nobody here has AWS's key, and the links would lead to the real AWS",
    moto: "a made-up signature and links to the real AWS",
    asAws: "neither",
    source: "SNS developer guide, “Verifying the signatures of Amazon SNS messages”",
  },
  {
    what: "Message about a topic that doesn't exist",
    requests: ["publish to an unknown topic"],
    members: ["message"],
    local: "“Topic does not exist”",
    moto: "“Endpoint does not exist”",
    asAws: "local",
    source: "SNS API, NotFound; endpoints are those of mobile applications",
  },
  {
    what: "Name servers of a zone",
    requests: ["create zone"],
    members: ["DelegationSet.NameServers", "DelegationSet.Id", "DelegationSet.CallerReference"],
    local: "one that doesn't answer; no delegation set of one's own",
    moto: "four that don't answer, and an empty delegation set",
    asAws: "neither",
    source: "Route 53 API, CreateHostedZone: four name servers; Id only of reusable delegation sets",
  },
  {
    what: "`Marker` of the first page of zones",
    requests: ["list zones"],
    members: ["Marker"],
    local: "empty",
    moto: "absent",
    asAws: "both",
    source: "Route 53 API, ListHostedZones: a required member that repeats the request's, which had none",
  },
];

/** The table as a page for people. */
export function differencesPage(differences: readonly KnownDifference[]): string {
  const cell = (text: string): string => text.replaceAll("|", "\\|");
  const rows = differences.map(
    ({ what, local, moto, asAws, source }) =>
      `| ${[what, local, moto, asAws === "local" ? "local cloud" : asAws, source].map(cell).join(" | ")} |`,
  );
  return `# How the local cloud differs from moto

The same list of requests is sent to the [local cloud](local.md) and to [moto](https://github.com/getmoto/moto) ${MOTO_VERSION}, another implementation of AWS.
Ids, times, addresses and keys are put aside; every other difference is listed here, with who answers as AWS does and how we know.
A difference that isn't listed fails a test, and so does a line below that is no longer true. Both are good programs made for different
ends: moto has many more services, the local cloud few operations in depth.

| what | local cloud | moto | as AWS | source |
|---|---|---|---|---|
${rows.join("\n")}
`;
}
