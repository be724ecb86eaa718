import type { StepAction } from "../../model/runbook.ts";
import type { StepInput } from "../step-kind.ts";
import { type CommandStep, commandKind, planOf } from "./run-command.ts";

type Restart = Extract<StepAction, { readonly do: "restartService" }>;

const COMPOSE = "compose:";
/** How long docker's daemon is waited for after a boot, seconds. */
const DOCKER_SECONDS = 120;

/** Restarts a service of systemd, a Windows service, or the containers of a compose project, and sees that it runs. */
export const restartService = commandKind<Restart>((input): CommandStep => {
  const { service } = input.action;
  if (service.startsWith(COMPOSE))
    return { plan: planOf(input, composeCommands(), service.slice(COMPOSE.length)) };
  return input.run.instance.platform === "windows" ? windows(input, service) : linux(input, service);
});

function linux(input: StepInput, service: string): CommandStep {
  return { plan: planOf(input, [`systemctl restart ${service}`, `systemctl is-active ${service}`]) };
}

/** PowerShell goes on after what failed, and ends well: the service's state is what tells. */
function windows(input: StepInput, service: string): CommandStep {
  return {
    plan: planOf(input, [`Restart-Service -Name ${service} -Force`, `(Get-Service -Name ${service}).Status`]),
    objection: (output) =>
      /(^|\n)Running\s*$/.test(output.replaceAll("\r", ""))
        ? undefined
        : {
            code: "not-running",
            text: `service ${service} doesn't run: ${output.trim().split("\n").at(-1) || "it isn't there"}`,
          },
  };
}

/** Either form of compose; containers that are gone are made anew. */
function composeCommands(): readonly string[] {
  return [
    "set -e",
    `timeout ${DOCKER_SECONDS} sh -c 'until docker info >/dev/null 2>&1; do sleep 2; done'`,
    "if docker compose version >/dev/null 2>&1; then docker compose restart; docker compose up -d; else docker-compose restart; docker-compose up -d; fi",
  ];
}
