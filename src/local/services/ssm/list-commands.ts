import type { CommandFilter } from "@aws-sdk/client-ssm";
import { AwsError } from "../../aws-error.ts";
import { isId } from "../../fleet/ids.ts";
import type { Handlers, RequestContext } from "../../service.ts";
import { commandShape, invocationShape, resultShape } from "./command-shapes.ts";
import {
  type CommandRecord,
  commandStatus,
  commandsKey,
  INVOCATION_STATUSES,
  type Invocation,
  VISIBLE_AFTER,
} from "./command-store.ts";
import { pageOf } from "./paging.ts";

/** Looking at commands and what became of them. */
export const listCommands = {
  ListCommands(input, context) {
    const command = input.CommandId === undefined ? undefined : commandOf(input.CommandId, context);
    const all = (command ? [command] : newestFirst(context)).filter(
      (one) =>
        (input.InstanceId === undefined || one.invocations.has(input.InstanceId)) &&
        passes(input.Filters, one, commandStatus(one)),
    );
    const { items, ...page } = pageOf(
      all,
      input,
      { min: 1, max: 50, usual: 50 },
      ["ListCommands", input.CommandId, input.InstanceId, input.Filters],
      orderOf,
    );
    return { Commands: items.map(commandShape), ...page };
  },

  ListCommandInvocations(input, context) {
    if (input.InstanceId !== undefined && !isId("i", input.InstanceId) && !isId("mi", input.InstanceId))
      throw new AwsError("InvalidInstanceId", `InstanceId ${input.InstanceId} is not valid.`);
    const now = context.now.getTime();
    const known = input.CommandId === undefined ? undefined : commandOf(input.CommandId, context);
    const all: { command: CommandRecord; invocation: Invocation }[] = [];
    for (const command of known ? [known] : newestFirst(context)) {
      // They come a moment after the command: a listing is empty, not refused.
      if (now < command.requestedAt + VISIBLE_AFTER) continue;
      const ids = input.InstanceId === undefined ? command.invocations.keys() : [input.InstanceId];
      for (const id of [...ids].sort()) {
        const invocation = command.invocations.get(id);
        const shown = invocation && {
          status: INVOCATION_STATUSES[invocation.details].status,
          details: invocation.details,
        };
        if (invocation && shown && passes(input.Filters, command, shown)) all.push({ command, invocation });
      }
    }
    const { items, ...page } = pageOf(
      all,
      input,
      { min: 1, max: 50, usual: 50 },
      ["ListCommandInvocations", input.CommandId, input.InstanceId, input.Filters],
      ({ command, invocation }) => `${orderOf(command)} ${invocation.instance.id}`,
    );
    return {
      CommandInvocations: items.map(({ command, invocation }) =>
        invocationShape(command, invocation, input.Details ?? false),
      ),
      ...page,
    };
  },

  GetCommandInvocation(input, context) {
    const command = commandOf(input.CommandId, context);
    const invocation = command.invocations.get(input.InstanceId ?? "");
    if (!invocation || context.now.getTime() < command.requestedAt + VISIBLE_AFTER)
      throw new AwsError("InvocationDoesNotExist", "");
    const result = resultShape(command, invocation, input.PluginName);
    if (!result) throw new AwsError("InvalidPluginName", "");
    return result;
  },
} satisfies Handlers<typeof import("@aws-sdk/client-ssm")>;

function commandOf(id: string | undefined, { cloud, account, region }: RequestContext): CommandRecord {
  const command = cloud.state(commandsKey, account, region).commands.get(id ?? "");
  if (!command) throw new AwsError("InvalidCommandId", "");
  return command;
}

function newestFirst({ cloud, account, region }: RequestContext): CommandRecord[] {
  return [...cloud.state(commandsKey, account, region).commands.values()].reverse();
}

/** Sorts newest first as text. */
function orderOf({ serial }: CommandRecord): string {
  return String(10 ** 12 - serial);
}

function passes(
  filters: readonly CommandFilter[] | undefined,
  command: CommandRecord,
  { status, details }: { readonly status: string; readonly details: string },
): boolean {
  return (filters ?? []).every(({ key, value = "" }) => {
    switch (key) {
      case "DocumentName":
        return command.document.name === value;
      case "Status":
        return status === value || details === value;
      case "InvokedAfter":
        return command.requestedAt >= Date.parse(value);
      case "InvokedBefore":
        return command.requestedAt < Date.parse(value);
      case "ExecutionStage":
        return (status === "Pending" || status === "InProgress" ? "Executing" : "Complete") === value;
      default:
        throw new AwsError("InvalidFilterKey", `The filter key ${key} is not valid.`);
    }
  });
}
