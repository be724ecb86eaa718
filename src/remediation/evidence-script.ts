import type { Evidence, RemediationRun } from "../model/remediation-run.ts";
import { redact } from "./redact.ts";

/** What is looked at where the runbook doesn't say: load, memory, disks, kernel messages, containers. */
const USUAL: Readonly<Record<"linux" | "windows", readonly string[]>> = {
  linux: ["uptime", "top -b -n 1 | head -n 20", "free -m", "df -h", "dmesg | tail -n 30", "docker ps -a"],
  windows: ["Get-Process | Sort-Object CPU -Descending | Select-Object -First 15", "Get-Volume"],
};

/** Characters kept of each piece: its end, where what is newest stands. */
const LONGEST = 3_000;
/** Lines that the guest sends of each; Systems Manager keeps 24,000 characters of all. */
const LINES = 60;
/** Starts a piece in the output; nothing that machines print looks like it. */
const MARK = "====[ evidence ]====";

/** The commands whose output is kept of an instance. */
export function evidenceLines({ runbook, instance }: RemediationRun): readonly string[] {
  return runbook.evidence.commands ?? USUAL[instance.platform];
}

/** One script for all of it. Each command has its share of the time, so that one that hangs doesn't cost the others. */
export function evidenceScript(
  platform: "linux" | "windows",
  lines: readonly string[],
  seconds: number,
): readonly string[] {
  if (platform === "windows")
    return lines.flatMap((line, index) => [`Write-Output '${MARK} ${index}'`, line]);
  const share = Math.max(2, Math.floor(seconds / 2 / Math.max(1, lines.length)));
  return lines.flatMap((line, index) => [
    `echo '${MARK} ${index}'`,
    `timeout ${share} sh -c ${quoted(line)} 2>&1 | tail -n ${LINES}`,
  ]);
}

/** The pieces out of what the script printed. */
export function splitEvidence(lines: readonly string[], output: string, at: number): readonly Evidence[] {
  return output
    .split(MARK)
    .slice(1)
    .flatMap((part) => {
      const [, index = "", text = ""] = /^ (\d+)\r?\n?([\s\S]*)$/.exec(part) ?? [];
      const title = lines[Number(index || Number.NaN)];
      return title === undefined || text.trim() === "" ? [] : [{ title, at, text: cutEvidence(text) }];
    });
}

/** A piece as it is kept: without what looks like a secret, and cut to its end. */
export function cutEvidence(text: string): string {
  const clean = redact(text.replaceAll("\r\n", "\n").trimEnd());
  return clean.length <= LONGEST ? clean : `…${clean.slice(1 - LONGEST)}`;
}

function quoted(line: string): string {
  return `'${line.replaceAll("'", "'\\''")}'`;
}
