// One command on one instance, a call at a time: for whoever keeps a journal and comes back to look.
import type { AwsSession } from "../aws/session.ts";
import type { CommandRequest, CommandResult } from "./command.ts";
import { isWaiting, judgeInvocation, type Withdrawal } from "./judge-invocation.ts";
import { inputOf } from "./send-command.ts";

/** A command that Systems Manager has taken, and when by AWS's clock (ms). */
export interface TakenCommand {
  readonly commandId: string;
  readonly requestedAt: number | undefined;
}

/** How far back a command that may have been sent is looked for: clocks may be off by that, ms. */
const LOOKED_FOR = 26 * 3_600_000;

/** Sends a command to one instance. The comment tells it from all others: at most 100 characters. Throws AWS's errors. */
export async function sendOne(
  session: AwsSession,
  request: Omit<CommandRequest, "instanceIds">,
  instanceId: string,
  comment: string,
): Promise<TakenCommand> {
  const { Command } = await session.send(
    "ssm",
    "SendCommand",
    inputOf({ ...request, instanceIds: [instanceId] }, [instanceId], comment),
  );
  return { commandId: Command?.CommandId ?? "", requestedAt: Command?.RequestedDateTime?.getTime() };
}

/** The command with this comment, sent to the instance about `at` (ms); undefined when it isn't listed, which it may be a moment later. */
export async function findOne(
  session: AwsSession,
  instanceId: string,
  comment: string,
  at: number,
): Promise<TakenCommand | undefined> {
  const after = new Date(at - LOOKED_FOR).toISOString().replace(/\.\d+Z$/, "Z");
  const input = {
    InstanceId: instanceId,
    Filters: [{ key: "InvokedAfter" as const, value: after }],
  };
  for await (const { Commands = [] } of session.pages("ssm", "ListCommands", input)) {
    const found = Commands.find(({ Comment }) => Comment === comment);
    if (found?.CommandId !== undefined)
      return { commandId: found.CommandId, requestedAt: found.RequestedDateTime?.getTime() };
  }
  return undefined;
}

/** Where a command stands: `result` once it is over; `fetched` once its agent has taken it. */
export interface CommandStanding {
  readonly result?: Omit<CommandResult, "instanceId">;
  readonly fetched: boolean;
}

/** Looks once at what became of a command on an instance. `withdrawn`: why we called it off. */
export async function lookAtOne(
  session: AwsSession,
  commandId: string,
  instanceId: string,
  withdrawn?: Withdrawal,
): Promise<CommandStanding> {
  const { CommandInvocations = [] } = await session.send("ssm", "ListCommandInvocations", {
    CommandId: commandId,
    InstanceId: instanceId,
    Details: true,
  });
  const [invocation] = CommandInvocations;
  // It isn't listed at first.
  if (!invocation) return { fetched: false };
  const result = judgeInvocation(invocation, withdrawn);
  return result ? { result, fetched: true } : { fetched: !isWaiting(invocation) };
}

/** What a command wrote: up to 24,000 characters, errors behind it. */
export async function readOutput(
  session: AwsSession,
  commandId: string,
  instanceId: string,
): Promise<string> {
  const { StandardOutputContent = "", StandardErrorContent = "" } = await session.send(
    "ssm",
    "GetCommandInvocation",
    { CommandId: commandId, InstanceId: instanceId },
  );
  return StandardErrorContent === ""
    ? StandardOutputContent
    : `${StandardOutputContent}\n${StandardErrorContent}`;
}

/** Calls a command off on an instance. Doing it twice changes nothing. */
export async function cancelOne(session: AwsSession, commandId: string, instanceId: string): Promise<void> {
  await session.send("ssm", "CancelCommand", { CommandId: commandId, InstanceIds: [instanceId] });
}
