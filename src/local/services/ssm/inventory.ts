import type { InventoryFilter, InventoryResultItem } from "@aws-sdk/client-ssm";
import { AwsError } from "../../aws-error.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { LATEST_SSM_AGENT } from "../../fleet/guest-profile.ts";
import type { Handlers, RequestContext } from "../../service.ts";
import { fleetKey } from "../ec2/fleet-key.ts";
import { notHere } from "./errors.ts";
import { informationOf } from "./instance-information.ts";
import { type ManagedNode, nodesOf } from "./nodes.ts";
import { pageOf } from "./paging.ts";

const APPLICATION = "AWS:Application";
const INFORMATION = "AWS:InstanceInformation";
/** Nodes gather their inventory so often (the usual association of AWS-GatherSoftwareInventory), milliseconds. */
const GATHERED_EVERY = 1_800_000;

type Entry = Record<string, string>;

/** What is installed on nodes, as it was when they last told. */
export const inventory = {
  ListInventoryEntries(input, context) {
    const fleet = fleetOf(context);
    const now = context.now.getTime();
    const node = nodesOf(fleet, now).find(({ instance }) => instance.id === input.InstanceId);
    if (!node) throw new AwsError("InvalidInstanceId", `InstanceId ${input.InstanceId} is not valid.`);
    const item = itemOf(fleet, node, input.TypeName ?? "", now);
    if (!item)
      throw new AwsError("InvalidTypeNameException", `Inventory type ${input.TypeName} is not known here.`);
    const matches = filterOf(input.Filters, (key) => (entry: Entry) => entry[key]);
    const { items, ...page } = pageOf(
      (item.Content ?? []).filter(matches),
      input,
      { min: 1, max: 50, usual: 50 },
      ["ListInventoryEntries", input.InstanceId, input.TypeName, input.Filters],
      ({ Name, InstanceId }) => Name ?? InstanceId ?? "",
    );
    return {
      TypeName: input.TypeName,
      InstanceId: input.InstanceId,
      SchemaVersion: item.SchemaVersion,
      ...(item.CaptureTime === undefined ? {} : { CaptureTime: item.CaptureTime }),
      Entries: [...items],
      ...page,
    };
  },

  GetInventory(input, context) {
    if (input.Aggregators && input.Aggregators.length > 0) throw notHere("GetInventory with Aggregators");
    const fleet = fleetOf(context);
    const now = context.now.getTime();
    const wanted = (input.ResultAttributes ?? [{ TypeName: INFORMATION }]).map(
      ({ TypeName = "" }) => TypeName,
    );
    const unknown = wanted.find((name) => name !== APPLICATION && name !== INFORMATION);
    if (unknown !== undefined)
      throw new AwsError("InvalidTypeNameException", `Inventory type ${unknown} is not known here.`);
    const filters = input.Filters ?? [];
    const all = nodesOf(fleet, now).filter((node) =>
      filters.every((filter) => {
        const [, type = "", attribute = ""] = /^(AWS:\w+)\.(\w+)$/.exec(filter.Key ?? "") ?? [];
        const content = itemOf(fleet, node, type, now)?.Content;
        if (!content) throw new AwsError("InvalidFilter", `The filter name ${filter.Key} is not valid.`);
        return content.some(filterOf([filter], () => (entry: Entry) => entry[attribute]));
      }),
    );
    const { items, ...page } = pageOf(
      all,
      input,
      { min: 1, max: 50, usual: 50 },
      ["GetInventory", filters, wanted],
      ({ instance }) => instance.id,
    );
    return {
      Entities: items.map((node) => {
        const Data: Record<string, InventoryResultItem> = {};
        for (const name of wanted) {
          const item = itemOf(fleet, node, name, now);
          if (item) Data[name] = item;
        }
        return { Id: node.instance.id, Data };
      }),
      ...page,
    };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-ssm")>;

function fleetOf({ cloud, account, region }: RequestContext): Fleet {
  return cloud.state(fleetKey, account, region);
}

function itemOf(fleet: Fleet, node: ManagedNode, type: string, now: number): InventoryResultItem | undefined {
  const captured = Math.max(
    node.registeredAt,
    Math.floor(Math.min(now, node.online ? now : node.lastPing) / GATHERED_EVERY) * GATHERED_EVERY,
  );
  const CaptureTime = new Date(captured).toISOString().replace(/\.\d+Z/, "Z");
  if (type === APPLICATION)
    return { TypeName: type, SchemaVersion: "1.1", CaptureTime, Content: applications(node, captured) };
  if (type !== INFORMATION) return undefined;
  const information = informationOf(fleet, node);
  const entry: Entry = {
    AgentType: "amazon-ssm-agent",
    AgentVersion: information.AgentVersion ?? "",
    ComputerName: information.ComputerName ?? "",
    InstanceId: node.instance.id,
    InstanceStatus: node.online ? "Active" : "ConnectionLost",
    IpAddress: information.IPAddress ?? "",
    PlatformName: information.PlatformName ?? "",
    PlatformType: information.PlatformType ?? "",
    PlatformVersion: information.PlatformVersion ?? "",
    ResourceType: "EC2Instance",
  };
  return { TypeName: type, SchemaVersion: "1.0", CaptureTime, Content: [entry] };
}

/** The agents: packages that matter here, among the hundreds that a machine has. */
function applications({ instance, agentVersion }: ManagedNode, captured: number): Entry[] {
  const { windows } = instance.launch.platform;
  const guest = instance.guest;
  const entry = (Name: string, Version: string, installedAt: number): Entry => ({
    Name,
    Version,
    Publisher: "Amazon Web Services",
    ApplicationType: "Admin-Tools",
    Architecture: instance.type.architecture,
    InstalledTime: new Date(installedAt).toISOString().replace(/\.\d+Z/, "Z"),
  });
  const entries = [
    entry(
      windows ? "Amazon SSM Agent" : "amazon-ssm-agent",
      agentVersion || LATEST_SSM_AGENT,
      instance.createdAt,
    ),
  ];
  const { version, installedAt } = guest?.agent ?? {};
  if (version !== undefined && installedAt !== undefined && installedAt <= captured)
    entries.unshift(
      entry(windows ? "Amazon CloudWatch Agent" : "amazon-cloudwatch-agent", version, installedAt),
    );
  return entries;
}

function filterOf(
  filters: readonly InventoryFilter[] | undefined,
  field: (key: string) => (entry: Entry) => string | undefined,
): (entry: Entry) => boolean {
  const tests = (filters ?? []).map(({ Key = "", Values = [], Type = "Equal" }) => {
    const read = field(Key);
    return (entry: Entry) => {
      const text = read(entry);
      switch (Type) {
        case "Exists":
          return text !== undefined;
        case "NotEqual":
          return text !== undefined && !Values.includes(text);
        case "BeginWith":
          return text !== undefined && Values.some((value) => text.startsWith(value));
        case "Equal":
          return text !== undefined && Values.includes(text);
        default:
          throw notHere(`an inventory filter of type ${Type}`);
      }
    };
  });
  return (entry) => tests.every((test) => test(entry));
}
