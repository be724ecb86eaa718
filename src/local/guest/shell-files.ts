import { localTime, type Machine } from "./machine.ts";
import { resolved, type Shell } from "./shell-state.ts";
import { bootedAt, bootId } from "./times.ts";

/** What a file of the machine holds, of those that it has; undefined: there is no such file. */
export function fileContent(shell: Shell, path: string): string | undefined {
  const { machine } = shell;
  const name = resolved(shell, path);
  const own = machine.guest.files.get(name);
  if (own !== undefined) return own;
  const compose = [...machine.guest.services.values()].find(
    ({ spec }) => spec.kind === "compose" && name === `${spec.directory}/docker-compose.yml`,
  );
  if (compose)
    return `services:\n${compose.spec.containers.map((one) => `  ${one}:\n    image: ${one}\n${compose.spec.onBoot ? "    restart: unless-stopped\n" : ""}`).join("")}`;
  return Object.hasOwn(SYSTEM_FILES, name) ? SYSTEM_FILES[name]?.(machine) : undefined;
}

const SYSTEM_FILES: Readonly<Record<string, (machine: Machine) => string>> = {
  "/dev/null": () => "",
  "/etc/hostname": ({ host }) => `${host}\n`,
  "/etc/os-release": (machine) => {
    const { name, version, id } = systemOf(machine);
    return `NAME="${name}"\nVERSION="${version}"\nID="${id}"\nVERSION_ID="${version}"\nPRETTY_NAME="${name} ${version}"\n`;
  },
  "/proc/sys/kernel/random/boot_id": ({ instance, now }) =>
    `${bootId(instance, bootedAt(instance, now()) ?? 0)}\n`,
  "/proc/uptime": (machine) =>
    `${uptimeSeconds(machine).toFixed(2)} ${(uptimeSeconds(machine) * 0.9).toFixed(2)}\n`,
  "/proc/stat": (machine) => `btime ${Math.floor(localBoot(machine) / 1000)}\n`,
};

/** Seconds since the machine's kernel started. */
export function uptimeSeconds({ instance, now }: Machine): number {
  return Math.max(0, (now() - (bootedAt(instance, now()) ?? now())) / 1000);
}

/** When the machine thinks that it booted: its clock may be wrong. Milliseconds. */
export function localBoot(machine: Machine): number {
  return localTime(machine) - uptimeSeconds(machine) * 1000;
}

/** The operating system, as the machine and Systems Manager name it. */
export function systemOf({ instance }: Pick<Machine, "instance">): {
  readonly name: string;
  readonly version: string;
  readonly id: string;
} {
  const { details, rootDevice, windows } = instance.launch.platform;
  if (windows)
    return { name: "Microsoft Windows Server 2022 Datacenter", version: "10.0.20348", id: "windows" };
  if (details.startsWith("Red Hat")) return { name: "Red Hat Enterprise Linux", version: "9.4", id: "rhel" };
  if (details.startsWith("SUSE")) return { name: "SLES", version: "15.6", id: "sles" };
  return rootDevice === "/dev/sda1"
    ? { name: "Ubuntu", version: "22.04", id: "ubuntu" }
    : { name: "Amazon Linux", version: "2023", id: "amzn" };
}
