// Every program that the simulated shell knows, by name.
import { SERVICE_COMMANDS } from "./shell-service-commands.ts";
import type { Shell, ShellCommand } from "./shell-state.ts";
import { SYSTEM_COMMANDS } from "./shell-system-commands.ts";
import { TEXT_COMMANDS } from "./shell-text-commands.ts";

/** Where a program may be called by its whole path. */
const FOLDERS = ["/bin/", "/usr/bin/", "/usr/local/bin/", "/sbin/", "/usr/sbin/"];
const AGENT = "/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl";

/** Programs by name. */
export const SHELL_COMMANDS: Readonly<Record<string, ShellCommand>> = {
  ...TEXT_COMMANDS,
  ...SYSTEM_COMMANDS,
  ...SERVICE_COMMANDS,
  which: (shell, args) => {
    const known = args.filter((name) => findCommand(shell, name));
    return {
      out: known.map((name) => `/usr/bin/${name}\n`).join(""),
      err: "",
      code: known.length === args.length ? 0 : 1,
    };
  },
};

/** The program of a name or path on the shell's machine; undefined when there is none. */
export function findCommand({ machine }: Shell, name: string): ShellCommand | undefined {
  const base = name.slice(name.lastIndexOf("/") + 1);
  // The agent's own program is where its package puts it, as long as it is installed.
  if (base === "amazon-cloudwatch-agent-ctl")
    return machine.guest.agent.version !== undefined && (name === AGENT || name === base)
      ? SHELL_COMMANDS[base]
      : undefined;
  if (name !== base && !FOLDERS.includes(name.slice(0, -base.length))) return undefined;
  if (DOCKER.has(base) && ![...machine.guest.services.values()].some(({ spec }) => spec.kind !== "systemd"))
    return undefined;
  return Object.hasOwn(SHELL_COMMANDS, base) ? SHELL_COMMANDS[base] : undefined;
}

/** Programs that are there only where something runs in docker. */
const DOCKER = new Set(["docker", "docker-compose"]);
