import type {
  InstanceInformation,
  InstanceInformationFilter,
  InstanceInformationStringFilter,
} from "@aws-sdk/client-ssm";
import { AwsError } from "../../aws-error.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { LATEST_SSM_AGENT } from "../../fleet/guest-profile.ts";
import { isId } from "../../fleet/ids.ts";
import { privateAddressOf } from "../../fleet/network.ts";
import { hostName } from "../../guest/agent-series.ts";
import { systemOf } from "../../guest/shell-files.ts";
import type { Handlers } from "../../service.ts";
import { fleetKey } from "../ec2/fleet-key.ts";
import { type ManagedNode, nodesOf } from "./nodes.ts";
import { pageOf } from "./paging.ts";

type Field = (information: InstanceInformation) => string | undefined;

/** What nodes can be filtered by besides tags. `Inactive` is a ping status that AWS gives no more. */
const FIELDS: Readonly<Record<string, Field>> = {
  InstanceIds: ({ InstanceId }) => InstanceId,
  AgentVersion: ({ AgentVersion }) => AgentVersion,
  PingStatus: ({ PingStatus }) => PingStatus,
  PlatformTypes: ({ PlatformType }) => PlatformType,
  ResourceType: ({ ResourceType }) => ResourceType,
  IamRole: () => undefined,
  ActivationIds: () => undefined,
  AssociationStatus: () => undefined,
};

/** Managed nodes as clients list them. */
export const instanceInformation = {
  DescribeInstanceInformation(input, context) {
    const fleet = context.cloud.state(fleetKey, context.account, context.region);
    const now = context.now.getTime();
    const matches = filterOf(fleet, [
      ...(input.Filters ?? []).map(({ Key, Values }: InstanceInformationStringFilter) => ({ key: Key ?? "", values: Values ?? [] })),
      ...(input.InstanceInformationFilterList ?? []).map(({ key, valueSet }: InstanceInformationFilter) => ({ key: key ?? "", values: valueSet ?? [] })),
    ]); // biome-ignore format: two rows alike
    const listed = nodesOf(fleet, now).map((node) => informationOf(fleet, node));
    const { items, ...page } = pageOf(
      listed.filter(matches),
      input,
      { min: 5, max: 50, usual: 50 },
      ["DescribeInstanceInformation", input.Filters, input.InstanceInformationFilterList],
      ({ InstanceId = "" }) => InstanceId,
    );
    return { InstanceInformationList: [...items], ...page };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-ssm")>;

/** A node as clients see it. */
export function informationOf(fleet: Fleet, node: ManagedNode): InstanceInformation {
  const { instance } = node;
  const { name, version } = systemOf({ instance });
  const address = privateAddressOf(instance);
  return {
    InstanceId: instance.id,
    PingStatus: node.online ? "Online" : "ConnectionLost",
    LastPingDateTime: new Date(node.lastPing),
    AgentVersion: node.agentVersion,
    IsLatestVersion: node.agentVersion === LATEST_SSM_AGENT,
    PlatformType: instance.launch.platform.windows ? "Windows" : "Linux",
    PlatformName: name,
    PlatformVersion: version,
    ResourceType: "EC2Instance",
    ...(address === undefined ? {} : { IPAddress: address }),
    ComputerName: hostName(fleet, instance),
    SourceId: instance.id,
    SourceType: "AWS::EC2::Instance",
  };
}

function filterOf(
  fleet: Fleet,
  filters: readonly { readonly key: string; readonly values: readonly string[] }[],
): (information: InstanceInformation) => boolean {
  const byTag = filters.some(({ key }) => isTagKey(key));
  if (byTag && filters.some(({ key }) => !isTagKey(key)))
    throw new AwsError("InvalidFilterKey", "Tag filters can't be combined with other filters.");
  const tests = filters.map(({ key, values }) => {
    const field = isTagKey(key) ? undefined : FIELDS[key];
    if (!isTagKey(key) && !field)
      throw new AwsError("InvalidFilterKey", `The filter key ${key} is not valid.`);
    if (values.length === 0 || values.length > 100)
      throw new AwsError("InvalidInstanceInformationFilterValue", "A filter has between 1 and 100 values.");
    if (key === "InstanceIds") {
      const wrong = values.find((id) => !isId("i", id) && !isId("mi", id));
      if (wrong !== undefined)
        throw new AwsError("InvalidInstanceInformationFilterValue", `InstanceId ${wrong} is not valid.`);
    }
    return (information: InstanceInformation) => {
      if (field) return values.includes(field(information) ?? "");
      const tags = fleet.instances.get(information.InstanceId ?? "")?.tags;
      return key === "tag-key"
        ? values.some((name) => tags?.has(name))
        : values.includes(tags?.get(key.slice("tag:".length)) ?? "\0");
    };
  });
  return (information) => tests.every((test) => test(information));
}

function isTagKey(key: string): boolean {
  return key.startsWith("tag:") || key === "tag-key";
}
