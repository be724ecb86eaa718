import type { ServiceSpec } from "../fleet/guest-profile.ts";
import type { ServiceState } from "../fleet/guest-state.ts";
import { failed, type Machine, type Program, said } from "./machine.ts";
import { dockerState, isRunning, startService, stopService } from "./services.ts";
import { resolved, type Shell } from "./shell-state.ts";

/** How long starting a container takes, milliseconds. */
const STARTS_IN = 2_000;

/** `docker` and, as its part, `docker compose`: containers and projects that the machine has. */
export function* docker(shell: Shell, args: readonly string[]): Program {
  const { machine } = shell;
  const { instance, guest, now } = machine;
  if (dockerState(instance, now()) !== "running")
    return failed(
      "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
    );
  const [action, ...rest] = args;
  switch (action) {
    case "info":
      return said(`Server:\n Containers: ${containers(machine).length}\n Server Version: 25.0.6`);
    case "version":
      return said("Docker version 25.0.6");
    case "ps": {
      const shown = containers(machine).filter(({ running }) => running || rest.includes("-a"));
      if (rest.some((arg) => /^-\w*q/.test(arg))) return said(shown.map(({ id }) => id).join("\n"));
      return said(containerTable(shown));
    }
    case "start":
    case "restart":
    case "stop": {
      const output = { out: "", err: "", code: 0 };
      for (const name of rest.filter((arg) => !arg.startsWith("-"))) {
        const service = [...guest.services.values()].find(
          ({ spec }) => spec.kind === "container" && spec.name === name,
        );
        if (!service) {
          output.err += `Error response from daemon: No such container: ${name}\n`;
          output.code = 1;
          continue;
        }
        if (action !== "start") stopService(service, now());
        if (action !== "stop") {
          yield STARTS_IN;
          if (!startService(service, now())) {
            output.err += `Error response from daemon: failed to create task for container: ${name}\n`;
            output.code = 1;
            continue;
          }
        }
        output.out += `${name}\n`;
      }
      return output;
    }
    case "compose":
      return yield* compose(shell, rest);
    default:
      return failed(`docker: '${action ?? ""}' is not a docker command.\nSee 'docker --help'`);
  }
}

function* compose(shell: Shell, args: readonly string[]): Program {
  const { machine } = shell;
  const { instance, guest, now } = machine;
  const file = args[args.findIndex((arg) => arg === "-f" || arg === "--file") + 1];
  const named = args.includes("-f") || args.includes("--file");
  const directory = named ? resolved(shell, file ?? "").replace(/\/[^/]*$/, "") : shell.directory;
  const project = [...guest.services.values()].find(
    ({ spec }) => spec.kind === "compose" && spec.directory === directory,
  );
  if (!project) return failed("no configuration file provided: not found", 14);
  const words = args.filter((arg, index) => !arg.startsWith("-") && !(named && arg === file && index > 0));
  const { containers: names } = project.spec;
  switch (words[0]) {
    case "up":
    case "start":
    case "restart": {
      if (guest.diskFull)
        return failed("Error response from daemon: mkdir /var/lib/docker/overlay2: no space left on device");
      if (words[0] === "up" && isRunning(instance, project, now()))
        return { out: "", err: names.map((name) => ` Container ${name}  Running\n`).join(""), code: 0 };
      if (words[0] === "restart") stopService(project, now());
      yield STARTS_IN * 2;
      if (!startService(project, now()))
        return failed(
          `Error response from daemon: failed to create task for container: ${names[0]}: exited (1)`,
        );
      return { out: "", err: names.map((name) => ` Container ${name}  Started\n`).join(""), code: 0 };
    }
    case "stop":
    case "down":
      stopService(project, now());
      return { out: "", err: names.map((name) => ` Container ${name}  Stopped\n`).join(""), code: 0 };
    case "ps": {
      const shown = containers(machine).filter(
        ({ service, running }) => service === project && (running || args.includes("-a")),
      );
      if (args.some((arg) => /^-\w*q/.test(arg))) return said(shown.map(({ id }) => id).join("\n"));
      return said(containerTable(shown));
    }
    case "version":
      return said("Docker Compose version v2.29.7");
    default:
      return failed(`unknown docker command: "compose ${words[0] ?? ""}"`);
  }
}

interface Container {
  readonly id: string;
  readonly name: string;
  readonly service: ServiceState;
  readonly running: boolean;
}

function containers({ guest, instance, now }: Machine): Container[] {
  return [...guest.services.values()].flatMap((service) => {
    if (service.spec.kind === "systemd") return [];
    const running = isRunning(instance, service, now());
    return service.spec.containers.map((name, index) => ({
      id: containerId(instance.id, service.spec, index),
      name,
      service,
      running,
    }));
  });
}

function containerId(instanceId: string, { name }: ServiceSpec, index: number): string {
  const text = Buffer.from(`${name}${index}${instanceId}`).toString("hex");
  return text.slice(0, 12).padEnd(12, "0");
}

function containerTable(list: readonly Container[]): string {
  const row = (...columns: string[]) =>
    columns
      .map((text) => text.padEnd(16))
      .join(" ")
      .trimEnd();
  return [
    row("CONTAINER ID", "IMAGE", "STATUS", "NAMES"),
    ...list.map(({ id, name, service, running }) =>
      row(id, service.spec.name, running ? "Up" : "Exited (0)", name),
    ),
  ].join("\n");
}
