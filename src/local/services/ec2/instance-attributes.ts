import type { ModifyInstanceAttributeRequest } from "@aws-sdk/client-ec2";
import { AwsError } from "../../aws-error.ts";
import type { Instance } from "../../fleet/instance.ts";
import { stateAt } from "../../fleet/lifecycle.ts";
import type { Handlers } from "../../service.ts";
import { attachmentAt } from "./attachments.ts";
import { dryRun, invalidCombination, invalidValue, missingParameter } from "./errors.ts";
import { compileFilters } from "./filters.ts";
import { seconds } from "./instance-shape.ts";
import { fleetOf, instanceById, instancesById } from "./lookup.ts";
import { pageOf } from "./paging.ts";
import { checkedType } from "./run-instances.ts";

const CHANGEABLE = [
  "DisableApiTermination",
  "DisableApiStop",
  "InstanceType",
] as const satisfies readonly (keyof ModifyInstanceAttributeRequest)[];
const UNTOUCHED = new Set(["InstanceId", "DryRun", "Attribute", "Value", ...CHANGEABLE]);

/** Attributes of instances, and their CPU credit specification. */
export const instanceAttributes = {
  ModifyInstanceAttribute(input, context) {
    dryRun(input.DryRun);
    const now = context.now.getTime();
    const instance = instanceById(fleetOf(context), input.InstanceId, now);
    const unsupported = Object.entries(input).find(
      ([name, value]) => value !== undefined && !UNTOUCHED.has(name),
    );
    if (unsupported)
      throw new AwsError(
        "NotImplemented",
        `ModifyInstanceAttribute of ${unsupported[0]} is not implemented here.`,
        501,
      );
    const { attribute, value } = requestedChange(input);
    if (attribute === "disableApiTermination") instance.terminationProtected = value === "true";
    else if (attribute === "disableApiStop") instance.stopProtected = value === "true";
    else changeType(instance, value, now);
    return {};
  },

  DescribeInstanceAttribute(input, context) {
    dryRun(input.DryRun);
    const now = context.now.getTime();
    const fleet = fleetOf(context);
    const instance = instanceById(fleet, input.InstanceId, now);
    const InstanceId = instance.id;
    switch (input.Attribute) {
      case "instanceType":
        return { InstanceId, InstanceType: { Value: instance.type.name } };
      case "disableApiTermination":
        return { InstanceId, DisableApiTermination: { Value: instance.terminationProtected } };
      case "disableApiStop":
        return { InstanceId, DisableApiStop: { Value: instance.stopProtected } };
      case "instanceInitiatedShutdownBehavior":
        return { InstanceId, InstanceInitiatedShutdownBehavior: { Value: instance.launch.shutdownBehavior } };
      case "rootDeviceName":
        return { InstanceId, RootDeviceName: { Value: instance.launch.platform.rootDevice } };
      case "ebsOptimized":
        return { InstanceId, EbsOptimized: { Value: instance.launch.ebsOptimized } };
      case "sourceDestCheck":
        return { InstanceId, SourceDestCheck: { Value: true } };
      case "groupSet":
        return { InstanceId, Groups: [{ GroupId: fleet.network.securityGroupId }] };
      case "blockDeviceMapping":
        return {
          InstanceId,
          BlockDeviceMappings: instance.volumes.flatMap((id) => {
            const volume = fleet.volume(id, now);
            const attachment = volume && attachmentAt(volume, now);
            if (!attachment) return [];
            const { device, attachedAt, deleteOnTermination } = attachment;
            return {
              DeviceName: device,
              Ebs: {
                AttachTime: seconds(attachedAt),
                DeleteOnTermination: deleteOnTermination,
                Status: "attached" as const,
                VolumeId: id,
              },
            };
          }),
        };
      case undefined:
        throw missingParameter("Attribute");
      default:
        throw new AwsError(
          "NotImplemented",
          `DescribeInstanceAttribute of ${input.Attribute} is not implemented here.`,
          501,
        );
    }
  },

  DescribeInstanceCreditSpecifications(input, context) {
    dryRun(input.DryRun);
    const ids = input.InstanceIds ?? [];
    const now = context.now.getTime();
    const fleet = fleetOf(context);
    if (ids.length > 0 && input.MaxResults !== undefined)
      throw invalidCombination("The parameter instancesSet cannot be used with the parameter maxResults");
    // Without ids, only unlimited instances are listed; with ids, whatever they have (API reference).
    const candidates = ids.length > 0 ? instancesById(fleet, ids, now) : fleet.visibleInstances(now);
    const matches = compileFilters<Instance>(input.Filters, { "instance-id": ({ id }) => id });
    const page = pageOf(
      burstable(candidates, now, ids.length === 0, matches),
      input,
      { min: 5, max: 1000, above: "refuse", error: badCreditPage },
      ["DescribeInstanceCreditSpecifications", input.Filters],
      ({ serial }) => serial,
    );
    return {
      InstanceCreditSpecifications: page.items.map(({ id, unlimited }) => ({
        InstanceId: id,
        CpuCredits: unlimited ? "unlimited" : "standard",
      })),
      NextToken: page.nextToken,
    };
  },

  ModifyInstanceCreditSpecification(input, context) {
    dryRun(input.DryRun);
    const now = context.now.getTime();
    const fleet = fleetOf(context);
    const requests = input.InstanceCreditSpecifications ?? [];
    if (requests.length === 0) throw missingParameter("InstanceCreditSpecification");
    const SuccessfulInstanceCreditSpecifications: { InstanceId: string }[] = [];
    const UnsuccessfulInstanceCreditSpecifications = [];
    for (const { InstanceId: id, CpuCredits: credits } of requests) {
      const instance = instanceById(fleet, id, now);
      if (!instance.type.credits || (credits !== "standard" && credits !== "unlimited")) {
        UnsuccessfulInstanceCreditSpecifications.push({
          InstanceId: instance.id,
          Error: {
            Code: "InstanceCreditSpecification.NotSupported" as const,
            Message: `The instance '${instance.id}' does not support the credit specification '${credits}'.`,
          },
        });
        continue;
      }
      instance.unlimited = credits === "unlimited";
      SuccessfulInstanceCreditSpecifications.push({ InstanceId: instance.id });
    }
    return { SuccessfulInstanceCreditSpecifications, UnsuccessfulInstanceCreditSpecifications };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-ec2")>;

function* burstable(
  instances: Iterable<Instance>,
  now: number,
  unlimitedOnly: boolean,
  matches: (instance: Instance) => boolean,
): Iterable<Instance> {
  for (const instance of instances) {
    if (!instance.type.credits || stateAt(instance.phase, now) === "terminated") continue;
    if ((!unlimitedOnly || instance.unlimited) && matches(instance)) yield instance;
  }
}

function badCreditPage(asked: number): AwsError {
  return new AwsError(
    "InvalidRequest",
    `The value ${asked} for the maxResults parameter must be between 5 and 1000. Change the value and try again.`,
    400,
  );
}

// A change comes as a member of its own or, the older way, as Attribute and Value.
function requestedChange(input: ModifyInstanceAttributeRequest): { attribute: string; value: string } {
  const changes = [
    { attribute: "disableApiTermination", value: input.DisableApiTermination?.Value },
    { attribute: "disableApiStop", value: input.DisableApiStop?.Value },
    { attribute: "instanceType", value: input.InstanceType?.Value },
    { attribute: input.Attribute, value: input.Value },
  ].flatMap(({ attribute, value }) =>
    attribute === undefined || value === undefined ? [] : { attribute, value: String(value) },
  );
  const [change, second] = changes;
  if (!change) throw new AwsError("InvalidParameterCombination", "No attributes specified.", 400);
  if (second) throw invalidCombination("Fields for multiple attribute types specified");
  if (!["disableApiTermination", "disableApiStop", "instanceType"].includes(change.attribute))
    throw new AwsError(
      "NotImplemented",
      `ModifyInstanceAttribute of ${change.attribute} is not implemented here.`,
      501,
    );
  if (change.attribute !== "instanceType" && change.value !== "true" && change.value !== "false")
    throw invalidValue(`invalid value for parameter ${change.attribute}: ${change.value}`);
  return change;
}

function changeType(instance: Instance, name: string, now: number): void {
  const type = checkedType(name);
  if (stateAt(instance.phase, now) !== "stopped")
    throw new AwsError(
      "IncorrectInstanceState",
      `The instance '${instance.id}' is not in the 'stopped' state.`,
      400,
    );
  if (type.architecture !== instance.type.architecture)
    throw new AwsError(
      "InvalidParameterValue",
      `The architecture '${type.architecture}' of the specified instance type does not match the architecture '${instance.type.architecture}' of the specified AMI.`,
      400,
    );
  instance.type = type;
  instance.unlimited = type.credits ? instance.unlimited || type.credits.launchUnlimited : false;
}
