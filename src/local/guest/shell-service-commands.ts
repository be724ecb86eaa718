import { agentStatus, startAgent, stopAgent } from "./agent-state.ts";
import { setSsmAgent } from "./guest.ts";
import { failed, localTime, type Machine, type Output, type Program, said } from "./machine.ts";
import { dockerState, httpAnswer, isRunning, startService, stopService } from "./services.ts";
import { docker } from "./shell-docker.ts";
import type { ShellCommand } from "./shell-state.ts";

/** How long starting something takes, milliseconds. */
const STARTS_IN = 2_000;

/** Programs that start, stop and ask services. */
export const SERVICE_COMMANDS = {
  systemctl: ({ machine }, args) => systemctl(machine, args),
  service: ({ machine }, [name = "", action = "status"]) => systemctl(machine, [action, name]),
  journalctl: ({ machine }, args) => {
    const unit = args[args.indexOf("-u") + 1] ?? "";
    const stamp = new Date(localTime(machine)).toISOString();
    const service = units(machine).get(unit.replace(/\.service$/, ""));
    if (!service) return said("-- No entries --");
    return said(`${stamp} systemd[1]: ${service.running() ? "Started" : "Stopped"} ${unit}.`);
  },
  docker: (shell, args) => docker(shell, args),
  "docker-compose": (shell, args) => docker(shell, ["compose", ...args]),
  curl: ({ machine }, args) => curl(machine, args),
  "amazon-cloudwatch-agent-ctl": ({ machine }, args) => agentControl(machine, args),
} satisfies Readonly<Record<string, ShellCommand>>;

interface Unit {
  readonly enabled: boolean;
  running(): boolean;
  start(): boolean;
  stop(): void;
}

/** What systemd looks after: the machine's services, docker, and the agents. */
function units(machine: Machine): ReadonlyMap<string, Unit> {
  const { guest, instance, now } = machine;
  const found = new Map<string, Unit>();
  for (const service of guest.services.values())
    if (service.spec.kind === "systemd")
      found.set(service.spec.name, {
        enabled: service.spec.onBoot,
        running: () => isRunning(instance, service, now()),
        start: () => startService(service, now()),
        stop: () => stopService(service, now()),
      });
  if (dockerState(instance, now()) !== "absent")
    found.set("docker", {
      enabled: true,
      running: () => dockerState(instance, now()) === "running",
      start: () => true,
      stop: () => undefined,
    });
  if (guest.ssm.version !== undefined)
    found.set("amazon-ssm-agent", {
      enabled: true,
      running: () => guest.ssm.stops.length % 2 === 0,
      start: () => {
        setSsmAgent(instance, true, now());
        return true;
      },
      stop: () => setSsmAgent(instance, false, now()),
    });
  if (guest.agent.version !== undefined)
    found.set("amazon-cloudwatch-agent", {
      enabled: guest.agent.configuration !== undefined,
      running: () => agentStatus(instance, guest.agent, now()).running,
      start: () => {
        startAgent(instance, guest.agent, now());
        return true;
      },
      stop: () => stopAgent(instance, guest.agent, now()),
    });
  return found;
}

function* systemctl(machine: Machine, args: readonly string[]): Program {
  const [action = "", ...names] = args.filter((arg) => !arg.startsWith("-"));
  const known = units(machine);
  const output = { out: "", err: "", code: 0 };
  for (const given of names) {
    const name = given.replace(/\.service$/, "");
    const unit = known.get(name);
    if (!unit) {
      if (action === "is-active") output.out += "inactive\n";
      else if (action === "is-enabled")
        output.err += `Failed to get unit file state for ${name}.service: No such file or directory\n`;
      else if (action === "status") output.err += `Unit ${name}.service could not be found.\n`;
      else output.err += `Failed to ${action} ${name}.service: Unit ${name}.service not found.\n`;
      output.code = action === "is-active" ? 3 : action === "status" ? 4 : action === "is-enabled" ? 1 : 5;
      continue;
    }
    switch (action) {
      case "is-active":
        output.out += `${unit.running() ? "active" : "inactive"}\n`;
        if (!unit.running()) output.code = 3;
        break;
      case "is-enabled":
        output.out += `${unit.enabled ? "enabled" : "disabled"}\n`;
        if (!unit.enabled) output.code = 1;
        break;
      case "status":
        output.out += `● ${name}.service\n     Loaded: loaded (/etc/systemd/system/${name}.service; ${unit.enabled ? "enabled" : "disabled"})\n     Active: ${unit.running() ? "active (running)" : "inactive (dead)"}\n`;
        if (!unit.running()) output.code = 3;
        break;
      case "stop":
        unit.stop();
        break;
      case "start":
      case "restart":
        if (action === "restart") unit.stop();
        yield STARTS_IN;
        if (!unit.start()) {
          output.err += `Job for ${name}.service failed because the control process exited with error code.\nSee "systemctl status ${name}.service" and "journalctl -xeu ${name}.service" for details.\n`;
          output.code = 1;
        }
        break;
      default:
        return failed(`Unknown command verb ${action}.`);
    }
  }
  return output;
}

function* curl({ instance, now }: Machine, args: readonly string[]): Program {
  let limit = 300;
  let format: string | undefined;
  let fails = false;
  let discards = false;
  let url: string | undefined;
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i] ?? "";
    const value = () => args[++i] ?? "";
    if (arg === "-m" || arg === "--max-time" || arg === "--connect-timeout") limit = Number(value());
    else if (arg === "-w" || arg === "--write-out") format = value();
    else if (arg === "-o" || arg === "--output") discards = value() !== "-";
    else if (arg === "--fail") fails = true;
    else if (/^-\w+$/.test(arg)) {
      fails ||= arg.includes("f");
      if (/o$/.test(arg)) discards = value() !== "-";
      if (/m$/.test(arg)) limit = Number(value());
    } else if (!arg.startsWith("-")) url = arg;
  }
  const found = /^(?:(https?):\/\/)?([^/:]+)(?::(\d+))?(?:\/.*)?$/.exec(url ?? "");
  if (!found) return failed("curl: (3) URL rejected: No host part in the URL", 3);
  const [, scheme = "http", host = "", given] = found;
  if (host !== "localhost" && host !== "127.0.0.1")
    return failed(`curl: (6) Could not resolve host: ${host}`, 6);
  const port = Number(given ?? (scheme === "https" ? 443 : 80));
  const answer = httpAnswer(instance, port, now());
  if (answer === "silence") {
    yield limit * 1000;
    return failed(
      `curl: (28) Operation timed out after ${limit * 1000} milliseconds with 0 bytes received`,
      28,
    );
  }
  const code = answer === "refused" ? "000" : String(answer.status);
  const written = format?.replace("%{http_code}", code).replace(/\\n/g, "\n") ?? "";
  if (answer === "refused")
    return {
      out: written,
      err: `curl: (7) Failed to connect to ${host} port ${port}: Connection refused\n`,
      code: 7,
    };
  if (fails && answer.status >= 400)
    return { out: written, err: `curl: (22) The requested URL returned error: ${answer.status}\n`, code: 22 };
  const body = discards ? "" : answer.status === 200 ? "ok\n" : "unavailable\n";
  return { out: body + written, err: "", code: 0 };
}

/** `amazon-cloudwatch-agent-ctl -a status|start|stop`, as on Linux and Windows. */
export function agentControl({ guest, instance, now }: Machine, args: readonly string[]): Output {
  const action = args[args.findIndex((arg) => /^-(a|m?action)$/i.test(arg)) + 1];
  const { agent } = guest;
  switch (action) {
    case "status": {
      const { running, configured, since } = agentStatus(instance, agent, now());
      return said(
        JSON.stringify(
          {
            status: running ? "running" : "stopped",
            starttime:
              running && since !== undefined ? new Date(since).toISOString().replace(/\.\d+Z/, "+00:00") : "",
            configstatus: configured ? "configured" : "not configured",
            version: agent.version ?? "",
          },
          undefined,
          2,
        ),
      );
    }
    case "start":
      startAgent(instance, agent, now());
      return said("amazon-cloudwatch-agent has been started");
    case "stop":
      stopAgent(instance, agent, now());
      return said("amazon-cloudwatch-agent has been stopped");
    default:
      return failed(`Invalid action: ${action ?? ""}`);
  }
}
