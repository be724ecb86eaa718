// As much of PowerShell as commands for Windows machines need: one statement after the other, each of a known form.
import { rebootGuest } from "./guest.ts";
import { failed, localTime, type Machine, type Output, type Program, said } from "./machine.ts";
import { httpAnswer, isRunning, startService, stopService } from "./services.ts";
import { localBoot } from "./shell-files.ts";
import { agentControl } from "./shell-service-commands.ts";

type Handler = (machine: Machine, match: RegExpExecArray) => Output | Program;

const STARTS_IN = 2_000;

/** Statements by their form; the first that fits is run. */
const STATEMENTS: readonly (readonly [RegExp, Handler])[] = [
  [/^(?:Write-Output|Write-Host|echo)\s+(.*)$/i, (_, [, text = ""]) => said(unquoted(text))],
  [/^(["'].*["'])$/, (_, [, text = ""]) => said(unquoted(text))],
  [/^hostname$/i, ({ host }) => said(host)],
  [/^Start-Sleep(?:\s+-(?:Seconds|s))?\s+(\d+)$/i, sleep],
  [/^Get-Date\s+-UFormat\s+["']?%s["']?$|^\[DateTimeOffset\]::(?:Utc)?Now\.ToUnixTimeSeconds\(\)$/i, (machine) => said(String(Math.floor(localTime(machine) / 1000)))],
  [/^\(Get-(?:CimInstance|WmiObject)\s+(?:-ClassName\s+)?Win32_OperatingSystem\)\.LastBootUpTime(.*)$/i, bootTime],
  [/^\(Get-Service\s+(?:-Name\s+)?(["']?)([\w.-]+)\1\)\.Status$/i, (machine, [, , name = ""]) => status(machine, name, (state) => state)],
  [/^Get-Service\s+(?:-Name\s+)?(["']?)([\w.-]+)\1$/i, (machine, [, , name = ""]) => status(machine, name, (state) => `Status   Name\n------   ----\n${state.padEnd(8)} ${name}`)],
  [/^(Start|Stop|Restart)-Service\s+(?:-Name\s+)?(["']?)([\w.-]+)\2(?:\s+-Force)?$/i, changeService],
  [/^\(Invoke-WebRequest\s+(.*)\)\.StatusCode$/i, webRequest],
  [/^Invoke-WebRequest\s+(.*)$/i, webRequest],
  [/^Get-(?:Volume|PSDrive)\b.*$/i, ({ guest }) => said(`DriveLetter SizeRemaining\n----------- -------------\nC           ${guest.diskFull ? "0 B" : "17.4 GB"}`)],
  [/^Get-Process\b.*$/i, processes],
  [/^Restart-Computer(?:\s+-Force)?$/i, ({ instance, now }) => { rebootGuest(instance, now()); return said(""); }],
  [/^&\s+["']?\S*(?:Program Files|ProgramFiles).*amazon-cloudwatch-agent-ctl\.ps1["']?\s+(.*)$/i, agent],
]; // biome-ignore format: a table

/** Runs a script as `powershell -File` does: what fails doesn't end it, and the last statement's fate is its exit code. */
export function* runPowerShell(machine: Machine, text: string): Program {
  const result = { out: "", err: "", code: 0 };
  for (const statement of statements(text)) {
    const exit = /^exit(?:\s+(\d+))?$/i.exec(statement);
    if (exit) return { ...result, code: Number(exit[1] ?? 0) };
    const output = yield* run(machine, statement);
    result.out += output.out.replaceAll("\n", "\r\n");
    result.err += output.err.replaceAll("\n", "\r\n");
    result.code = output.code;
  }
  return result;
}

function* run(machine: Machine, statement: string): Program {
  for (const [form, handler] of STATEMENTS) {
    const match = form.exec(statement);
    if (!match) continue;
    const output = handler(machine, match);
    return "next" in output ? yield* output : output;
  }
  const name = statement.split(/\s/)[0] ?? statement;
  return failed(
    `${name} : The term '${name}' is not recognized as the name of a cmdlet, function, script file, or operable program.`,
  );
}

/** Statements by line and semicolon, comments left out. */
function statements(text: string): string[] {
  return text
    .split(/\r?\n/)
    .filter((line) => !line.trim().startsWith("#"))
    .flatMap((line) => line.match(/(?:"[^"]*"|'[^']*'|[^;"'])+/g) ?? [])
    .map((statement) => statement.trim())
    .filter((statement) => statement !== "");
}

function* sleep(_: Machine, [, seconds]: RegExpExecArray): Program {
  yield Number(seconds) * 1000;
  return said("");
}

function bootTime(machine: Machine, [, format = ""]: RegExpExecArray): Output {
  const booted = new Date(localBoot(machine));
  if (/ToUnixTimeSeconds/i.test(format)) return said(String(Math.floor(booted.getTime() / 1000)));
  if (/ToString\((["'])[osu]\1\)/i.test(format)) return said(booted.toISOString());
  if (format !== "") return failed(`Unexpected token '${format}' in expression or statement.`);
  const text = booted.toLocaleString("en-US", {
    timeZone: "UTC",
    dateStyle: "full",
    timeStyle: "medium",
  });
  return said(text.replace(" at ", " "));
}

/** Services here, and the agents under the names that Windows knows them by. */
function isServiceRunning({ guest, instance, now }: Machine, name: string): boolean | undefined {
  if (/^AmazonSSMAgent$/i.test(name)) return guest.ssm.version === undefined ? undefined : true;
  const service = guest.services.get(name);
  return service && isRunning(instance, service, now());
}

function status(machine: Machine, name: string, shown: (state: string) => string): Output {
  const running = isServiceRunning(machine, name);
  return running === undefined ? noService("Get", name) : said(shown(running ? "Running" : "Stopped"));
}

function* changeService(machine: Machine, [, verb = "", , name = ""]: RegExpExecArray): Program {
  const service = machine.guest.services.get(name);
  if (!service) return noService(verb, name);
  if (!/^start$/i.test(verb)) stopService(service, machine.now());
  if (/^stop$/i.test(verb)) return said("");
  yield STARTS_IN;
  return startService(service, machine.now())
    ? said("")
    : failed(`${verb}-Service : Failed to start service '${name} (${name})'.`);
}

function noService(verb: string, name: string): Output {
  return failed(`${verb}-Service : Cannot find any service with service name '${name}'.`);
}

function* webRequest({ instance, now }: Machine, [, args = ""]: RegExpExecArray): Program {
  const found = /https?:\/\/(?:localhost|127\.0\.0\.1)(?::(\d+))?/i.exec(args);
  if (!found) return failed("Invoke-WebRequest : The remote name could not be resolved");
  const answer = httpAnswer(instance, Number(found[1] ?? 80), now());
  if (answer === "silence") {
    yield Number(/-TimeoutSec\s+(\d+)/i.exec(args)?.[1] ?? 100) * 1000;
    return failed("Invoke-WebRequest : The operation has timed out.");
  }
  if (answer === "refused") return failed("Invoke-WebRequest : Unable to connect to the remote server");
  if (answer.status >= 400)
    return failed(
      `Invoke-WebRequest : The remote server returned an error: (${answer.status}) Server Unavailable.`,
    );
  return said(String(answer.status));
}

function processes({ guest, instance, now }: Machine): Output {
  const running = [...guest.services.values()].filter((service) => isRunning(instance, service, now()));
  const rows = running.map(({ spec }, index) => `${String(2000 + index).padStart(5)} ${spec.name}`);
  return said(["   Id ProcessName", "   -- -----------", "  812 amazon-ssm-agent", ...rows].join("\n"));
}

function agent(machine: Machine, [, args = ""]: RegExpExecArray): Output {
  return machine.guest.agent.version === undefined
    ? failed("& : The term 'amazon-cloudwatch-agent-ctl.ps1' is not recognized as the name of a cmdlet.")
    : agentControl(machine, args.split(/\s+/));
}

function unquoted(text: string): string {
  return text.trim().replace(/^(["'])(.*)\1$/, "$2");
}
