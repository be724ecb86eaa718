import type { AwsSession } from "../aws/session.ts";
import type { CommandResult } from "../commands/command.ts";
import { runCommand } from "../commands/run-command.ts";
import type { Context } from "../support/context.ts";

/** What an instance itself says about its agent. `unknown`: it couldn't be asked, or its answer makes no sense. */
export type Answer =
  | { readonly kind: "absent" }
  | {
      readonly kind: "present";
      readonly version: string;
      readonly running: boolean;
      readonly configured: boolean;
    }
  | { readonly kind: "unknown"; readonly result: CommandResult | undefined };

/** What shells say of a program that isn't there. */
const NO_PROGRAM = /no such file or directory|not found|not recognized|cannot find|does not exist/i;

/** Asks instances for their agent's status by command. Nothing is changed there. Answers one for each id. */
export async function lookAtAgents(
  session: AwsSession,
  ids: readonly string[],
  context: Context,
): Promise<ReadonlyMap<string, Answer>> {
  if (ids.length === 0) return new Map();
  const results = await runCommand(
    session,
    {
      document: "AmazonCloudWatch-ManageAgent",
      parameters: { action: ["status"], mode: ["ec2"] },
      instanceIds: ids,
      comment: "Watchkeeper: how is the CloudWatch agent",
      executionSeconds: 120,
      repeatable: true,
    },
    context,
  );
  return new Map(ids.map((id) => [id, answerOf(results.get(id))]));
}

function answerOf(result: CommandResult | undefined): Answer {
  const verdict = result?.verdict;
  if (verdict?.kind === "failed" && (verdict.exitCode === 127 || NO_PROGRAM.test(verdict.output)))
    return { kind: "absent" };
  const status = verdict?.kind === "success" ? statusOf(verdict.output) : undefined;
  if (!status) return { kind: "unknown", result };
  return {
    kind: "present",
    // Only what fits into a tag's value.
    version: String(status["version"] ?? "unknown").replace(/[^\w.]/g, "") || "unknown",
    running: status["status"] === "running",
    configured: status["configstatus"] === "configured",
  };
}

/** The JSON object within an output. */
function statusOf(output: string): Readonly<Record<string, unknown>> | undefined {
  const text = /\{[\s\S]*\}/.exec(output)?.[0];
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    // Something else in braces: not an answer.
    return undefined;
  }
}
