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

/** What the document says of an agent that isn't there, and what shells say of its program. Source: the document's own script. */
const NOT_THERE =
  /CloudWatch Agent not installed|amazon-cloudwatch-agent-ctl[^\n]*(no such file|not found|not recognized|cannot find)/i;

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

/** What the result of asking for the status says. Nothing is taken for absence but what says so. */
export function answerOf(result: CommandResult | undefined): Answer {
  const verdict = result?.verdict;
  if (verdict?.kind === "failed" && NOT_THERE.test(verdict.output)) return { kind: "absent" };
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
