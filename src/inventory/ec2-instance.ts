import type { AwsSession, OutputOf } from "../aws/session.ts";
import { tagsByKey } from "../aws/tags-by-key.ts";
import { formatArn } from "../model/arn.ts";
import type { Resource } from "../model/resource.ts";
import { nameOf } from "./ec2-tags.ts";
import { isBareMetal, isBurstable, isNitro, maxCredits } from "./instance-types.ts";
import type { ResourceType } from "./resource-type.ts";
import { ownCopy, TextPool } from "./text-pool.ts";

type Page = OutputOf<"ec2", "DescribeInstances">;
type Instance = NonNullable<NonNullable<Page["Reservations"]>[number]["Instances"]>[number];

/** Values one filter takes. */
const FILTER_VALUES = 200;

/** EC2 instances in every state. Terminated ones stay listed for about an hour: the proof that they are gone. */
export const ec2Instance = {
  name: "ec2.instance",
  label: ["instance", "instances"],
  operations: [
    "ec2:DescribeInstances",
    "ec2:DescribeInstanceCreditSpecifications",
    "route53:ListHostedZones",
    "route53:ListResourceRecordSets",
  ],
  facts: {
    instanceType: "instance type, `m6i.large`",
    platform: "`linux` or `windows`",
    monitoring: "detailed monitoring is on",
    periodSeconds: "seconds between the metrics AWS publishes: 60 with detailed monitoring, else 300",
    availabilityZone: "availability zone",
    lifecycle: "`normal`, `spot` or `scheduled`",
    imageId: "id of the image it was launched from",
    launchTime: "when it was last launched, ISO 8601",
    autoScalingGroup: "Auto Scaling group it belongs to",
    burstable: "it works with CPU credits (T families)",
    maxCredits: "the most CPU credits it can keep",
    creditMode: "`standard` or `unlimited`; asked for only where an alarm needs it",
    nitro: "it runs on the Nitro system",
    bareMetal: "it is a bare metal instance",
    volumeIds: "ids of its attached volumes",
    rootDevice: "device name of its root volume",
    privateIp: "primary private IPv4 address",
    publicIp: "public IPv4 address",
    otherIps: "further private, public and IPv6 addresses",
    privateDnsName: "private DNS name given by AWS",
    publicDnsName: "public DNS name given by AWS",
    vpcId: "VPC",
    instanceProfileArn: "ARN of its instance profile, which carries its role",
    dnsNames: "names in Route 53 that lead to it; asked for only where a selector or dimension needs them",
  },

  async *list(session: AwsSession) {
    const pool = new TextPool();
    for await (const page of session.pages("ec2", "DescribeInstances", {}))
      yield readPage(page, session, pool);
  },

  async findExisting(session: AwsSession, ids: readonly string[]) {
    const pool = new TextPool();
    const found = new Map<string, Resource>();
    for (let i = 0; i < ids.length; i += FILTER_VALUES) {
      const Filters = [{ Name: "instance-id", Values: ids.slice(i, i + FILTER_VALUES) }];
      for await (const page of session.pages("ec2", "DescribeInstances", { Filters })) {
        for (const resource of readPage(page, session, pool)) found.set(resource.id, resource);
      }
    }
    return found;
  },
} as const satisfies ResourceType;

function readPage(page: Page, session: AwsSession, pool: TextPool): readonly Resource[] {
  return (page.Reservations ?? []).flatMap(({ Instances = [] }) =>
    Instances.map((instance) => readInstance(instance, session, pool)),
  );
}

function readInstance(instance: Instance, session: AwsSession, pool: TextPool): Resource {
  const { account, partition, region } = session;
  const id = ownCopy(instance.InstanceId ?? "");
  const tags = tagsByKey(instance.Tags, (text) => pool.text(text));
  const instanceType = pool.text(instance.InstanceType ?? "");
  const detailed = instance.Monitoring?.State === "enabled";
  const windows = /windows/i.test(instance.Platform ?? instance.PlatformDetails ?? "");
  return {
    arn: formatArn({ partition, service: "ec2", region, account, resource: `instance/${id}` }),
    type: "ec2.instance",
    account,
    region,
    id,
    name: nameOf(tags, id),
    state: pool.text(instance.State?.Name ?? "unknown"),
    tags,
    facts: {
      instanceType,
      platform: windows ? "windows" : "linux",
      monitoring: detailed,
      periodSeconds: detailed ? 60 : 300,
      availabilityZone: pool.optional(instance.Placement?.AvailabilityZone),
      lifecycle: pool.optional(instance.InstanceLifecycle) ?? "normal",
      imageId: pool.optional(instance.ImageId),
      launchTime: instance.LaunchTime?.toISOString(),
      autoScalingGroup: Object.hasOwn(tags, GROUP_TAG) ? tags[GROUP_TAG] : undefined,
      burstable: isBurstable(instanceType),
      maxCredits: maxCredits(instanceType),
      creditMode: undefined,
      nitro: isNitro(instanceType),
      bareMetal: isBareMetal(instanceType),
      volumeIds: (instance.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => own(Ebs?.VolumeId)),
      rootDevice: pool.optional(instance.RootDeviceName),
      privateIp: own(instance.PrivateIpAddress)[0],
      publicIp: own(instance.PublicIpAddress)[0],
      otherIps: otherAddresses(instance),
      privateDnsName: own(instance.PrivateDnsName)[0],
      publicDnsName: own(instance.PublicDnsName)[0],
      vpcId: pool.optional(instance.VpcId),
      instanceProfileArn: pool.optional(instance.IamInstanceProfile?.Arn),
      dnsNames: undefined,
    },
  };
}

const GROUP_TAG = "aws:autoscaling:groupName";

/** A text's own copy, as a list of one, or nothing. */
function own(text: string | undefined): readonly string[] {
  return text === undefined || text === "" ? [] : [ownCopy(text)];
}

function otherAddresses(instance: Instance): readonly string[] | undefined {
  const known = new Set([instance.PrivateIpAddress, instance.PublicIpAddress]);
  const found = new Set<string>();
  const note = (address: string | undefined): void => {
    if (address && !known.has(address)) found.add(ownCopy(address));
  };
  for (const networkInterface of instance.NetworkInterfaces ?? []) {
    for (const { PrivateIpAddress, Association } of networkInterface.PrivateIpAddresses ?? []) {
      note(PrivateIpAddress);
      note(Association?.PublicIp);
    }
    for (const { Ipv6Address } of networkInterface.Ipv6Addresses ?? []) note(Ipv6Address);
  }
  return found.size === 0 ? undefined : [...found];
}
