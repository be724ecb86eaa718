import type { SendCommandRequest, Target } from "@aws-sdk/client-ssm";
import { AwsError } from "../../aws-error.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { isId } from "../../fleet/ids.ts";
import type { Handlers, RequestContext } from "../../service.ts";
import { fleetKey } from "../ec2/fleet-key.ts";
import { isFinal, startCommand } from "./command-runner.ts";
import { commandShape } from "./command-shapes.ts";
import { type CommandRecord, commandsKey, type Invocation, KEPT } from "./command-store.ts";
import { checkedParameters, checkedVersion, documentOf } from "./documents.ts";
import { invalid, notHere } from "./errors.ts";
import { nodeOf, nodesOf } from "./nodes.ts";

const MAX_IDS = 50;
const MAX_TARGETS = 5;
const MAX_VALUES = 50;

/** What would send output or progress somewhere else: refused rather than ignored. */
const UNSUPPORTED = [
  "OutputS3BucketName",
  "NotificationConfig",
  "ServiceRoleArn",
  "CloudWatchOutputConfig",
  "AlarmConfiguration",
] as const satisfies readonly (keyof SendCommandRequest)[];

/** Sending commands and calling them off. */
export const sendCommand = {
  SendCommand(input, context) {
    const unsupported = UNSUPPORTED.find((name) => input[name] !== undefined);
    if (unsupported !== undefined) throw notHere(`SendCommand with ${unsupported}`);
    const document = documentOf(input.DocumentName);
    const values = checkedParameters(document, input.Parameters ?? {});
    if (values["action"]?.[0] === "configure (append)")
      throw notHere(`${document.name} with action configure (append)`);
    if (
      document.name === "AmazonCloudWatch-ManageAgent" &&
      values["optionalOpenTelemetryCollectorConfigurationLocation"]?.[0] !== ""
    )
      throw notHere(`${document.name} with a configuration of OpenTelemetry`);
    const { cloud, account, region } = context;
    const fleet = cloud.state(fleetKey, account, region);
    const ids = targeted(fleet, input, context);
    const store = cloud.state(commandsKey, account, region);
    const now = context.now.getTime();
    for (const [id, { requestedAt }] of store.commands)
      if (requestedAt + KEPT < now) store.commands.delete(id);
    store.serial += 1;
    const command: CommandRecord = {
      id: uuid(cloud.random),
      serial: store.serial,
      document,
      documentVersion: checkedVersion(document, input.DocumentVersion),
      comment: input.Comment ?? "",
      parameters: input.Parameters ?? {},
      values,
      instanceIds: input.InstanceIds ?? [],
      targets: input.Targets ?? [],
      requestedAt: now,
      timeout: checkedTimeout(input.TimeoutSeconds),
      executionTimeout: Number(values["executionTimeout"]?.[0] ?? 3600),
      maxConcurrency: checkedRate("maxConcurrency", input.MaxConcurrency ?? "50", 1),
      maxErrors: checkedRate("maxErrors", input.MaxErrors ?? "0", 0),
      invocations: new Map(ids.map((id) => [id, newInvocation(fleet, id, now)])),
      cancelled: false,
    };
    store.commands.set(command.id, command);
    startCommand(cloud, fleet, command);
    return { Command: commandShape(command) };
  },

  CancelCommand(input, context) {
    const store = context.cloud.state(commandsKey, context.account, context.region);
    const command = store.commands.get(input.CommandId ?? "");
    if (!command) throw new AwsError("InvalidCommandId", "");
    const wanted = input.InstanceIds ?? [];
    const unknown = wanted.find((id) => !command.invocations.has(id));
    if (unknown !== undefined)
      throw new AwsError("InvalidInstanceId", `Instance ${unknown} is not one that the command was sent to`);
    if (wanted.length === 0)
      command.cancelled = [...command.invocations.values()].some((one) => !isFinal(one));
    for (const [id, invocation] of command.invocations) {
      if ((wanted.length > 0 && !wanted.includes(id)) || isFinal(invocation)) continue;
      if (invocation.details === "Pending") {
        invocation.details = "Cancelled";
        invocation.finishedAt = context.now.getTime();
      } else invocation.details = "Cancelling";
    }
    return {};
  },
} satisfies Handlers<typeof import("@aws-sdk/client-ssm")>;

function newInvocation(fleet: Fleet, id: string, now: number): Invocation {
  const instance = fleet.instances.get(id);
  if (!instance) throw new RangeError(`there is no instance ${id}`);
  return {
    instance,
    details: "Pending",
    requestedAt: now,
    startedAt: undefined,
    finishedAt: undefined,
    output: undefined,
  };
}

/** Ids of the nodes that a request speaks of. Those named one by one must be nodes; targets may find none. */
function targeted(
  fleet: Fleet,
  { InstanceIds: ids, Targets: targets }: SendCommandRequest,
  { account, now }: RequestContext,
): string[] {
  const time = now.getTime();
  if ((ids && ids.length > 0) === (targets && targets.length > 0))
    throw new AwsError(
      "ValidationException",
      ids && targets
        ? "InstanceIds and Targets can't be given together."
        : "InstanceIds or Targets must be given.",
      400,
    );
  if (ids && ids.length > 0) {
    if (ids.length > MAX_IDS)
      throw invalid(
        "instanceIds",
        `[${ids.join(", ")}]`,
        `Member must have length less than or equal to ${MAX_IDS}`,
      );
    checkNodes(fleet, ids, account, time);
    return [...new Set(ids)];
  }
  if ((targets ?? []).length > MAX_TARGETS)
    throw invalid(
      "targets",
      `${targets?.length} targets`,
      `Member must have length less than or equal to ${MAX_TARGETS}`,
    );
  const tests = (targets ?? []).map((target) => targetTest(fleet, target, account, time));
  return nodesOf(fleet, time)
    .map(({ instance }) => instance.id)
    .filter((id) => tests.every((test) => test(id)));
}

function targetTest(
  fleet: Fleet,
  { Key: key = "", Values: values = [] }: Target,
  account: string,
  now: number,
): (id: string) => boolean {
  if (values.length > MAX_VALUES)
    throw invalid(
      "targets.1.member.values",
      `${values.length} values`,
      `Member must have length less than or equal to ${MAX_VALUES}`,
    );
  if (/^InstanceIds$/i.test(key)) {
    checkNodes(fleet, values, account, now);
    return (id) => values.includes(id);
  }
  if (key === "tag-key") return (id) => values.some((name) => fleet.instances.get(id)?.tags.has(name));
  if (key.startsWith("tag:")) {
    const name = key.slice("tag:".length);
    return (id) => values.includes(fleet.instances.get(id)?.tags.get(name) ?? "\0");
  }
  throw new AwsError(
    "InvalidTarget",
    `The target key ${key} is not one of InstanceIds, tag:<key> and tag-key.`,
  );
}

function checkNodes(fleet: Fleet, ids: readonly string[], account: string, now: number): void {
  const wrong = ids.filter((id) => {
    const instance = isId("i", id) ? fleet.instance(id, now) : undefined;
    return !instance || !nodeOf(instance, now);
  });
  if (wrong.length > 0)
    throw new AwsError(
      "InvalidInstanceId",
      `Instances [[${wrong.join(", ")}]] not in a valid state for account ${account}`,
    );
}

function checkedTimeout(seconds: number | undefined): number {
  if (seconds === undefined) return 3600;
  if (seconds < 30)
    throw invalid("timeoutSeconds", seconds, "Member must have value greater than or equal to 30");
  if (seconds > 2_592_000)
    throw invalid("timeoutSeconds", seconds, "Member must have value less than or equal to 2592000");
  return seconds;
}

function checkedRate(member: string, text: string, least: number): string {
  const fits = /^(\d{1,7}|\d{1,3}%)$/.test(text) && Number.parseInt(text, 10) >= least;
  if (fits && !(text.endsWith("%") && Number.parseInt(text, 10) > 100)) return text;
  throw invalid(
    member,
    text,
    `Member must satisfy regular expression pattern: ^([${least}-9][0-9]*|[${least}-9][0-9]%|100%)$`,
  );
}

function uuid(random: () => number): string {
  const digits = Array.from({ length: 32 }, (_, index) =>
    index === 12 ? "4" : Math.floor(random() * 16).toString(16),
  ).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
