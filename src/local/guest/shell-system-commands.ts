import { covers } from "../fleet/intervals.ts";
import { disksOf } from "./agent-series.ts";
import { rebootGuest } from "./guest.ts";
import { failed, localTime, type Machine, said } from "./machine.ts";
import { isRunning } from "./services.ts";
import { localBoot, uptimeSeconds } from "./shell-files.ts";
import type { ShellCommand } from "./shell-state.ts";

/** Programs that tell about the machine. */
export const SYSTEM_COMMANDS = {
  date: ({ machine }, args) => {
    const format = args.find((arg) => arg.startsWith("+"));
    const time = new Date(localTime(machine));
    if (args.some((arg) => /^(-I|--iso-8601)/.test(arg)))
      return said(time.toISOString().replace(/\.\d+Z/, "+00:00"));
    return said(strftime(format?.slice(1) ?? "%a %b %e %H:%M:%S UTC %Y", time));
  },
  uptime: ({ machine }, args) => {
    if (args.includes("-s")) return said(strftime("%Y-%m-%d %H:%M:%S", new Date(localBoot(machine))));
    const seconds = uptimeSeconds(machine);
    const days = Math.floor(seconds / 86_400);
    const clock = `${Math.floor((seconds % 86_400) / 3600)}:${String(Math.floor((seconds % 3600) / 60)).padStart(2, "0")}`;
    const up = `${days > 0 ? `${days} day${days > 1 ? "s" : ""}, ` : ""}${clock}`;
    return said(
      ` ${strftime("%H:%M:%S", new Date(localTime(machine)))} up ${up},  0 users,  load average: ${load(machine)}`,
    );
  },
  who: ({ machine }, args) =>
    said(
      args.includes("-b")
        ? `         system boot  ${strftime("%Y-%m-%d %H:%M", new Date(localBoot(machine)))}`
        : "",
    ),
  hostname: ({ machine }) => said(machine.host),
  uname: ({ machine }, args) =>
    said(
      args.includes("-a") || args.includes("-r")
        ? `${args.includes("-a") ? `Linux ${machine.host} ` : ""}6.1.112-122.189.amzn2023.x86_64`
        : "Linux",
    ),
  whoami: () => said("root"),
  nproc: ({ machine: { instance } }) => said(String(instance.type.cores * instance.type.threadsPerCore)),
  top: ({ machine }) => said(top(machine)),
  ps: ({ machine }) =>
    said(
      [
        "    PID TTY          TIME CMD",
        ...processes(machine).map(({ pid, name }) => `${String(pid).padStart(7)} ?        00:00:00 ${name}`),
      ].join("\n"),
    ),
  free: ({ machine: { instance } }) => {
    const total = Math.round(instance.type.cores * instance.type.threadsPerCore * 2_000_000);
    const row = (name: string, ...values: number[]) =>
      `${name.padEnd(8)}${values.map((value) => String(Math.round(value)).padStart(12)).join("")}`;
    return said(
      [
        "               total        used        free      shared  buff/cache   available",
        row("Mem:", total, total * 0.45, total * 0.2, 1_024, total * 0.35, total * 0.5),
        row("Swap:", 0, 0, 0),
      ].join("\n"),
    );
  },
  df: ({ machine }, args) => {
    const human = args.some((arg) => /^-\w*h/.test(arg));
    const paths = args.filter((arg) => arg.startsWith("/"));
    const rows = disks(machine).filter(({ path }) => paths.length === 0 || paths.includes(path));
    if (rows.length === 0) return failed(`df: ${paths[0]}: No such file or directory`);
    const shown = (kib: number) => (human ? `${(kib / 1024 / 1024).toFixed(1)}G` : String(kib));
    return said(
      [
        `${"Filesystem".padEnd(16)}${(human ? "Size" : "1K-blocks").padStart(10)}${"Used".padStart(10)}${(human ? "Avail" : "Available").padStart(10)} Use% Mounted on`,
        ...rows.map(({ path, device, size, used }) => {
          const percent = size === 0 ? "-" : `${Math.round((used / size) * 100)}%`;
          const columns = [size, used, size - used].map((value) => shown(value).padStart(10)).join("");
          return `${device.padEnd(16)}${columns} ${percent.padStart(4)} ${path}`;
        }),
      ].join("\n"),
    );
  },
  dmesg: ({ machine }) => said(kernelLog(machine)),
  sync: () => said(""),
  reboot: ({ machine }) => reboots(machine),
  shutdown: ({ machine }, args) =>
    args.includes("-r") ? reboots(machine) : failed("shutdown: only -r is possible in a simulated machine"),
} satisfies Readonly<Record<string, ShellCommand>>;

function reboots({ instance, now }: Machine) {
  rebootGuest(instance, now());
  return said("");
}

/** What the kernel told since it started: the boot, and what went wrong after it. */
export function kernelLog(machine: Machine): string {
  const { guest, instance, now } = machine;
  const line = (seconds: number, text: string) => `[${seconds.toFixed(6).padStart(13)}] ${text}`;
  const rows = [
    line(0, "Linux version 6.1.112-122.189.amzn2023.x86_64"),
    line(
      0.000004,
      `Command line: BOOT_IMAGE=(hd0,gpt1)/boot/vmlinuz root=UUID=${instance.id.slice(2, 10)} ro console=tty0 console=ttyS0`,
    ),
    line(1.204511, "systemd[1]: Detected virtualization amazon."),
    line(1.871203, `systemd[1]: Hostname set to <${machine.host}>.`),
    line(4.338122, `EXT4-fs (${disksOf(instance)[0]?.device}): mounted filesystem with ordered data mode.`),
    line(6.9021, "cloud-init[1402]: Cloud-init finished."),
  ];
  const up = uptimeSeconds(machine);
  const since = (times: readonly number[]) =>
    times.length % 2 === 1 ? up - (now() - (times.at(-1) as number)) / 1000 : undefined;
  const frozen = since(guest.freezes);
  const busy = since(guest.busy);
  if (guest.diskFull)
    rows.push(
      line(Math.max(8, up - 600), "systemd-journald[611]: Failed to write entry: No space left on device"),
    );
  if (busy !== undefined && busy >= 0)
    rows.push(line(busy + 30, "watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [runaway:4242]"));
  if (frozen !== undefined && frozen >= 0)
    rows.push(
      line(frozen + 122, "INFO: task jbd2/nvme0n1p1-:388 blocked for more than 122 seconds."),
      line(frozen + 122, '"echo 0 > /proc/sys/kernel/hung_task_timeout_secs" disables this message.'),
    );
  return rows.join("\n");
}

function load({ instance, guest, now }: Machine): string {
  const busy = covers(guest.busy, now());
  const cores = instance.type.cores * instance.type.threadsPerCore;
  return busy
    ? `${(cores * 9.1).toFixed(2)}, ${(cores * 7.4).toFixed(2)}, ${(cores * 4).toFixed(2)}`
    : "0.08, 0.03, 0.01";
}

function processes(
  machine: Machine,
): { readonly pid: number; readonly name: string; readonly cpu: number }[] {
  const { guest, instance, now } = machine;
  const running = [...guest.services.values()].filter((service) => isRunning(instance, service, now()));
  const busy = covers(guest.busy, now());
  return [
    ...(busy ? [{ pid: 4242, name: "runaway", cpu: guest.troubledCpu }] : []),
    { pid: 1, name: "systemd", cpu: 0 },
    { pid: 812, name: "amazon-ssm-agent", cpu: 0.1 },
    ...running.map(({ spec }, index) => ({ pid: 2000 + index, name: spec.name, cpu: busy ? 0.1 : 0.7 })),
  ];
}

function top(machine: Machine): string {
  const list = processes(machine);
  const cpu = Math.min(
    100,
    list.reduce((sum, one) => sum + one.cpu, 0),
  );
  const clock = strftime("%H:%M:%S", new Date(localTime(machine)));
  return [
    `top - ${clock} up ${Math.floor(uptimeSeconds(machine) / 60)} min,  0 users,  load average: ${load(machine)}`,
    `Tasks: ${118 + list.length} total,   1 running, ${117 + list.length} sleeping,   0 stopped,   0 zombie`,
    `%Cpu(s): ${cpu.toFixed(1)} us,  0.3 sy,  0.0 ni, ${(100 - cpu).toFixed(1)} id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st`,
    "",
    "    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND",
    ...list.map(
      ({ pid, name, cpu: own }) =>
        `${String(pid).padStart(7)} root      20   0  172016  13012   8704 S ${own.toFixed(1).padStart(5)}   0.4   0:01.20 ${name}`,
    ),
  ].join("\n");
}

/** File systems with size and use in KiB. */
function disks({ fleet, guest, instance }: Machine) {
  return disksOf(instance).map((disk, index) => {
    const volume = fleet.volumes.get(instance.volumes[index] ?? "");
    const size = disk.fstype === "xfs" ? (volume?.size ?? 8) * 1024 * 1024 : 1024 * 1024;
    const used =
      disk.fstype !== "xfs" ? 1024 : disk.path === "/" && guest.diskFull ? size : Math.round(size * 0.42);
    return { ...disk, device: disk.fstype === "xfs" ? `/dev/${disk.device}` : disk.device, size, used };
  });
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A time by a format of `date`, in UTC. */
function strftime(format: string, time: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  return format.replace(/%([a-zA-Z%])/g, (whole, verb: string) => {
    switch (verb) {
      case "s":
        return String(Math.floor(time.getTime() / 1000));
      case "N":
        return `${String(time.getTime() % 1000).padStart(3, "0")}000000`;
      case "Y":
        return String(time.getUTCFullYear());
      case "m":
        return two(time.getUTCMonth() + 1);
      case "d":
        return two(time.getUTCDate());
      case "e":
        return String(time.getUTCDate()).padStart(2);
      case "H":
        return two(time.getUTCHours());
      case "M":
        return two(time.getUTCMinutes());
      case "S":
        return two(time.getUTCSeconds());
      case "F":
        return time.toISOString().slice(0, 10);
      case "T":
        return time.toISOString().slice(11, 19);
      case "a":
        return DAYS[time.getUTCDay()] ?? "";
      case "b":
        return MONTHS[time.getUTCMonth()] ?? "";
      case "Z":
        return "UTC";
      case "z":
        return "+0000";
      case "%":
        return "%";
      default:
        return whole;
    }
  });
}
