import type { StepOutcome } from "../model/remediation-run.ts";
import type { StepAction } from "../model/runbook.ts";
import { nameOf } from "./run-check.ts";

/** Longest command that a note shows. */
const LONGEST = 60;

/** What a step did, for people: `rebooted: up since …`, `ran "docker compose up -d"`, `restarting nginx failed: …`. */
export function noteText(
  kind: string,
  action: StepAction | undefined,
  { status, reason }: StepOutcome,
): string {
  const [doing, done] = wordsOf(kind, action);
  if (status === "ok") return reason.text === "done" ? done : `${done}: ${reason.text}`;
  if (status === "unknown") return `${doing}, and nobody knows what came of it: ${reason.text}`;
  return `${doing} ${status === "skipped" ? "was left out" : "failed"}: ${reason.text}`;
}

function wordsOf(kind: string, action: StepAction | undefined): readonly [doing: string, done: string] {
  switch (action?.do) {
    case "restartService":
      return [`restarting ${action.service}`, `restarted ${action.service}`];
    case "runCommand": {
      const line = action.commands.at(-1) ?? "";
      const shown = line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 1)}…`;
      return [`running "${shown}"`, `ran "${shown}"`];
    }
    case "reboot":
      return ["the reboot", "rebooted"];
    case "stopStart":
      return ["stopping and starting it", "stopped and started"];
    case "startInstance":
      return ["starting it", "started"];
    case "waitFor":
      return [`waiting for ${action.until}`, `waited for ${action.until}`];
    case "check":
      return [`the check ${nameOf(action.check)}`, `checked ${nameOf(action.check)}`];
    case "notify":
      return ["a message", "said"];
    default:
      return kind === "markUnhealthy" ? ["marking it unhealthy", "marked unhealthy"] : [kind, kind];
  }
}
