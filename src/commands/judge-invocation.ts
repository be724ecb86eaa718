import type { OutputOf } from "../aws/session.ts";
import type { Reason } from "../plan/plan.ts";
import type { CommandResult, Verdict } from "./command.ts";

/** An invocation as ListCommandInvocations shows it, with details. */
export type Invocation = NonNullable<OutputOf<"ssm", "ListCommandInvocations">["CommandInvocations"]>[number];

/** What we called off ourselves, and because of what. */
export type Withdrawal = "delivery" | "execution";

/** Characters of output that are kept: the end, where errors are. */
const TAIL = 600;
/** How Systems Manager sets standard error off in the output of a listing, and what it ends a cut one with. */
const ERROR_MARK = /^-{5,}\s?ERROR-{5,}\n?/m;
const CUT_MARK = /\n?-+Output truncated-+\s*$/i;
const SKIPPED = /step execution skipped/i;

/**
 * What became of a command on an instance; undefined while it isn't over. `withdrawn`: we called it off there.
 * Source: Systems Manager user guide, "Understanding command statuses".
 */
export function judgeInvocation(
  invocation: Invocation,
  withdrawn?: Withdrawal,
): Omit<CommandResult, "instanceId"> | undefined {
  const verdict = verdictOf(invocation, withdrawn);
  return verdict && { commandId: invocation.CommandId, verdict, reason: reasonOf(verdict) };
}

function verdictOf(invocation: Invocation, withdrawn: Withdrawal | undefined): Verdict | undefined {
  switch (invocation.StatusDetails ?? invocation.Status) {
    case "Success":
      return { kind: "success", output: outputOf(invocation).trim() };
    case "Failed": {
      const plugin = failedPlugin(invocation);
      const code = plugin?.ResponseCode;
      return {
        kind: "failed",
        exitCode: code === undefined || code < 0 ? undefined : code,
        output: errorTail(plugin?.Output ?? outputOf(invocation)),
      };
    }
    case "DeliveryTimedOut":
    case "Delivery Timed Out":
      return { kind: "timed-out", phase: "delivery" };
    case "ExecutionTimedOut":
    case "Execution Timed Out":
    case "TimedOut":
      return { kind: "timed-out", phase: "execution" };
    case "Cancelled":
      return withdrawn === undefined ? { kind: "cancelled" } : { kind: "timed-out", phase: withdrawn };
    case "Terminated":
      return { kind: "cancelled" };
    case "Undeliverable":
      return { kind: "undeliverable" };
    case "AccessDenied":
    case "Access Denied":
      return { kind: "access-denied" };
    case "InvalidPlatform":
    case "Invalid Platform":
      return { kind: "invalid-platform" };
    default:
      return undefined;
  }
}

/** Whether the agent hasn't fetched a command yet: calling it off now means that it never runs. */
export function isWaiting({ Status }: Invocation): boolean {
  return Status === "Pending" || Status === "Delayed";
}

/** The step that failed, when the listing cut its output before the error: the whole of it must be asked for. */
export function cutPlugin(invocation: Invocation): string | undefined {
  const { Name, Output = "" } = failedPlugin(invocation) ?? {};
  return CUT_MARK.test(Output) ? Name : undefined;
}

/** What the SSM agent itself adds to standard error of a script that failed. */
const ONLY_STATUS = /^\s*(failed to run commands: )?exit status \d+\s*$/;

/** The end of standard error; of everything else where that says nothing but the exit status. */
export function errorTail(output: string): string {
  const mark = ERROR_MARK.exec(output);
  if (mark === null) return tail(output);
  const error = output.slice(mark.index + mark[0].length);
  return tail(ONLY_STATUS.test(error.replace(CUT_MARK, "")) ? output.slice(0, mark.index) : error);
}

/** A sentence for each verdict. */
export function reasonOf(verdict: Verdict): Reason {
  const { kind } = verdict;
  switch (kind) {
    case "success":
      return { code: kind, text: "done" };
    case "failed": {
      const { exitCode, output } = verdict;
      const how = exitCode === undefined ? "it failed without an exit code" : `exit code ${exitCode}`;
      const last = output
        .split("\n")
        .findLast((line) => line.trim() !== "" && !/exit status \d+$/.test(line));
      return { code: kind, text: last === undefined ? how : `${how}: ${last.trim()}` };
    }
    case "timed-out":
      return verdict.phase === "delivery"
        ? { code: "delivery-timed-out", text: "its SSM Agent didn't fetch the command in time; it won't run" }
        : { code: "execution-timed-out", text: "it ran longer than it may, and was called off" };
    case "undeliverable":
      return { code: kind, text: "the command could not be delivered: the instance is stopped or gone" };
    case "cancelled":
      return { code: kind, text: "somebody cancelled the command" };
    case "access-denied":
      return { code: kind, text: "its role doesn't let the SSM Agent fetch commands" };
    case "invalid-platform":
      return { code: kind, text: "the document doesn't run on its platform" };
    case "unreachable":
      return {
        code: kind,
        text: "Systems Manager doesn't reach it: no SSM Agent, a role without AmazonSSMManagedInstanceCore, or stopped",
      };
    case "not-sent":
      return { code: verdict.code, text: "the command could not be sent" };
    case "unknown":
      return { code: verdict.code, text: "what the command did can't be seen" };
  }
}

function failedPlugin({ CommandPlugins = [] }: Invocation) {
  return CommandPlugins.find(({ Status }) => Status === "Failed" || Status === "TimedOut");
}

/** What all steps said; other platforms' steps say only that they were left out. */
function outputOf({ CommandPlugins = [] }: Invocation): string {
  return CommandPlugins.map(({ Output = "" }) => Output)
    .filter((output) => !SKIPPED.test(output))
    .join("\n")
    .replace(CUT_MARK, "");
}

function tail(text: string): string {
  const trimmed = text.replace(CUT_MARK, "").trim();
  return trimmed.length <= TAIL ? trimmed : `…${trimmed.slice(1 - TAIL)}`;
}
