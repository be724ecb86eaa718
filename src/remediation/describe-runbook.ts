import type { CheckSpec } from "../model/check.ts";
import { formatDuration } from "../model/duration.ts";
import type { Runbook, RunbookCheck, Step } from "../model/runbook.ts";

/** A step in words: `reboot, at most 15 min`. */
function stepText({ action, timeoutSeconds, attempts }: Step): string {
  const limit = `at most ${formatDuration(timeoutSeconds)}${attempts > 1 ? `, ${attempts} tries` : ""}`;
  switch (action.do) {
    case "restartService":
      return `restart ${action.service}, ${limit}`;
    case "runCommand": {
      const where = action.workingDirectory === undefined ? "" : ` in ${action.workingDirectory}`;
      return `run ${action.commands.join("; ")}${where}, ${limit}`;
    }
    case "waitFor":
      return `wait for ${WAITS[action.until]}, ${limit}`;
    case "check":
      return `check ${checkText(action.check)}, ${limit}`;
    case "notify":
      return `tell: ${action.text}`;
    default:
      return `${EFFECTS[action.do]}, ${limit}`;
  }
}

const WAITS = {
  running: "the state running",
  statusChecks: "both status checks",
  ssm: "Systems Manager",
} as const;

const EFFECTS = {
  reboot: "reboot",
  stopStart: "stop and start",
  startInstance: "start",
} as const;

/** A check in words: `http://10.0.0.1:8080/health`. */
function checkText(check: RunbookCheck): string {
  switch (check.kind) {
    case "alarm":
      return "that the alarm recovers";
    case "command":
      return `by command: ${check.commands.join("; ")}`;
    default:
      return endpointText(check);
  }
}

function endpointText(check: CheckSpec): string {
  switch (check.kind) {
    case "http":
      return check.url;
    case "dns":
      return `${check.type} of ${check.name}`;
    default:
      return `${check.kind} ${check.host}:${check.port}`;
  }
}

/** What a runbook does, a line for each step; for people who are asked, or told what would be done. */
export function ladderLines({ ladder, checks }: Runbook): readonly string[] {
  const all = checks.length > 0 ? checks.map(checkText).join(", ") : "that the alarm recovers";
  return [
    "keep evidence of how it stands",
    ...ladder.flatMap(({ name, steps }, index) => [
      `${index === 0 ? "" : "if that didn't help: "}${name}`,
      ...steps.map((step) => `  ${stepText(step)}`),
      `  then check ${all}`,
    ]),
  ];
}
