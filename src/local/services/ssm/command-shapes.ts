import type {
  Command,
  CommandInvocation,
  CommandPlugin,
  GetCommandInvocationResult,
} from "@aws-sdk/client-ssm";
import { type CommandRecord, commandStatus, INVOCATION_STATUSES, type Invocation } from "./command-store.ts";

/** Characters of output that the two operations give. */
const KEPT_BY_GET = 24_000;
const ERRORS_KEPT_BY_GET = 8_000;
const KEPT_BY_LIST = 2_500;

const NO_NOTIFICATION = { NotificationArn: "", NotificationEvents: [], NotificationType: "" as never };

/** A command as SendCommand and ListCommands show it. */
export function commandShape(command: CommandRecord): Command {
  const { status, details, completed, errors, deliveryTimedOut } = commandStatus(command);
  return {
    CommandId: command.id,
    DocumentName: command.document.name,
    DocumentVersion: command.documentVersion,
    Comment: command.comment,
    ExpiresAfter: new Date(command.requestedAt + (command.timeout + command.executionTimeout) * 1000),
    Parameters: Object.fromEntries(
      Object.entries(command.parameters).map(([name, values]) => [name, [...values]]),
    ),
    InstanceIds: [...command.instanceIds],
    Targets: [...command.targets],
    RequestedDateTime: new Date(command.requestedAt),
    Status: status,
    StatusDetails: details,
    OutputS3BucketName: "",
    OutputS3KeyPrefix: "",
    MaxConcurrency: command.maxConcurrency,
    MaxErrors: command.maxErrors,
    // What a tag finds is only known once it has been sent.
    TargetCount: command.invocations.size,
    CompletedCount: completed,
    ErrorCount: errors,
    DeliveryTimedOutCount: deliveryTimedOut,
    ServiceRole: "",
    NotificationConfig: { ...NO_NOTIFICATION },
    CloudWatchOutputConfig: { CloudWatchLogGroupName: "", CloudWatchOutputEnabled: false },
    TimeoutSeconds: command.timeout,
  };
}

/** An invocation as a listing shows it. */
export function invocationShape(
  command: CommandRecord,
  invocation: Invocation,
  whole: boolean,
): CommandInvocation {
  const { instance, details } = invocation;
  return {
    CommandId: command.id,
    InstanceId: instance.id,
    InstanceName: instance.tags.get("Name") ?? "",
    Comment: command.comment,
    DocumentName: command.document.name,
    DocumentVersion: command.documentVersion,
    RequestedDateTime: new Date(invocation.requestedAt),
    Status: INVOCATION_STATUSES[details].status,
    StatusDetails: details,
    StandardOutputUrl: "",
    StandardErrorUrl: "",
    CommandPlugins: whole ? stepsOf(command, invocation).map((step) => pluginShape(invocation, step)) : [],
    ServiceRole: "",
    NotificationConfig: { ...NO_NOTIFICATION },
    CloudWatchOutputConfig: { CloudWatchLogGroupName: "", CloudWatchOutputEnabled: false },
  };
}

interface Step {
  readonly name: string;
  readonly skipped: boolean;
}

function stepsOf({ document }: CommandRecord, { instance }: Invocation): Step[] {
  const platform = instance.launch.platform.windows ? "Windows" : "Linux";
  return document.steps.map(({ name, platform: own }) => ({
    name,
    skipped: document.steps.length > 1 && own !== platform,
  }));
}

function pluginShape(invocation: Invocation, { name, skipped }: Step): CommandPlugin {
  const { details, output, startedAt, finishedAt } = invocation;
  const over = finishedAt !== undefined;
  const text = skipped ? SKIPPED : joined(output?.out ?? "", output?.err ?? "");
  return {
    Name: name,
    Status:
      skipped && over
        ? "Success"
        : INVOCATION_STATUSES[details].status === "Cancelling"
          ? "InProgress"
          : (INVOCATION_STATUSES[details].status as Exclude<
              (typeof INVOCATION_STATUSES)[typeof details]["status"],
              "Cancelling"
            >),
    StatusDetails: skipped && over ? "Success" : details,
    ResponseCode: over ? (skipped ? 0 : (output?.code ?? -1)) : -1,
    ...(startedAt === undefined ? {} : { ResponseStartDateTime: new Date(startedAt) }),
    ...(finishedAt === undefined ? {} : { ResponseFinishDateTime: new Date(finishedAt) }),
    Output: over ? cut(text, KEPT_BY_LIST) : "",
    StandardOutputUrl: "",
    StandardErrorUrl: "",
    OutputS3BucketName: "",
    OutputS3KeyPrefix: "",
  };
}

/** The result of a step as GetCommandInvocation shows it; undefined when the document has no such step. */
export function resultShape(
  command: CommandRecord,
  invocation: Invocation,
  asked: string | undefined,
): Omit<GetCommandInvocationResult, "$metadata"> | undefined {
  const steps = stepsOf(command, invocation);
  const step =
    asked === undefined ? steps.find(({ skipped }) => !skipped) : steps.find(({ name }) => name === asked);
  if (!step) return undefined;
  const { details, output, startedAt, finishedAt } = invocation;
  const over = finishedAt !== undefined;
  const time = (at: number | undefined) => (at === undefined ? "" : new Date(at).toISOString());
  return {
    CommandId: command.id,
    InstanceId: invocation.instance.id,
    Comment: command.comment,
    DocumentName: command.document.name,
    DocumentVersion: command.documentVersion,
    PluginName: step.name,
    ResponseCode: over ? (step.skipped ? 0 : (output?.code ?? -1)) : -1,
    ExecutionStartDateTime: time(startedAt),
    ExecutionElapsedTime:
      startedAt === undefined || finishedAt === undefined ? "" : `PT${(finishedAt - startedAt) / 1000}S`,
    ExecutionEndDateTime: time(finishedAt),
    Status: INVOCATION_STATUSES[details].status,
    StatusDetails: details,
    StandardOutputContent: step.skipped ? SKIPPED : cut(output?.out ?? "", KEPT_BY_GET),
    StandardOutputUrl: "",
    StandardErrorContent: step.skipped ? "" : cut(output?.err ?? "", ERRORS_KEPT_BY_GET),
    StandardErrorUrl: "",
    CloudWatchOutputConfig: { CloudWatchLogGroupName: "", CloudWatchOutputEnabled: false },
  };
}

const SKIPPED = "Step execution skipped due to unsupported platform.";

function joined(out: string, err: string): string {
  return err === "" ? out : `${out}${out === "" ? "" : "\n"}----------ERROR-------\n${err}`;
}

function cut(text: string, length: number): string {
  const note = "\n--output truncated--";
  return text.length <= length ? text : `${text.slice(0, length - note.length)}${note}`;
}
