import { formatDuration } from "../../model/duration.ts";
import type { GuardVerdict } from "../../model/remediation-run.ts";
import type { Runbook } from "../../model/runbook.ts";
import type { CheckState, Guard, InstanceFacts } from "../guard.ts";
import { agoText } from "../times.ts";
import { verdictsOf } from "./verdict.ts";

const { pass, refuse } = verdictsOf("symptoms");

/**
 * The agent of Systems Manager pings every 5 minutes (Systems Manager user guide, "Checking SSM Agent status"); without three
 * pings it is silent, whatever its ping status says yet.
 */
const SILENT_AFTER = 15 * 60_000;
/** A check that has no verdict yet is looked at again after this long, ms. */
const LOOK_AGAIN = 60_000;

const UNDECIDED: ReadonlySet<CheckState> = new Set<CheckState>(["insufficient-data", "initializing"]);

/** A runbook is a cure for one illness: its `when` must hold. */
export const symptoms: Guard = {
  name: "symptoms",
  refuses:
    "Instances that don't look as the runbook's `when` says; and a reboot where the system check is impaired: it would stay on the broken host.",
  judge({ now, instance }, runbook) {
    const { when } = runbook;
    if (instance.systemCheck === "impaired" && reboots(runbook))
      return refuse(
        "system-impaired",
        "its system check is impaired: the trouble is AWS's host, on which a reboot stays. Recover it, or stop and start it by a runbook for `systemCheck: impaired`",
      );
    return (
      checkRefusal("instance check", when.instanceCheck, instance.instanceCheck, now) ??
      checkRefusal("system check", when.systemCheck, instance.systemCheck, now) ??
      pingRefusal(when.ssm, instance.ping, now) ??
      pass("symptoms", symptomText(instance, when, now))
    );
  },
};

function reboots({ ladder }: Runbook): boolean {
  return ladder.some(({ steps }) => steps.some(({ action }) => action.do === "reboot"));
}

function checkRefusal(
  what: string,
  wanted: "ok" | "impaired" | undefined,
  found: CheckState | undefined,
  now: number,
): GuardVerdict | undefined {
  if (wanted === undefined || wanted === found) return undefined;
  if (found === undefined)
    return refuse("check-unknown", `EC2 says nothing about its ${what}`, now + LOOK_AGAIN);
  const again = UNDECIDED.has(found) ? now + LOOK_AGAIN : undefined;
  return refuse("other-symptoms", `its ${what} is ${found}, not ${wanted}`, again);
}

function pingRefusal(
  wanted: "online" | "silent" | undefined,
  ping: InstanceFacts["ping"],
  now: number,
): GuardVerdict | undefined {
  if (wanted === undefined) return undefined;
  if (!ping)
    return refuse(
      "ssm-unknown",
      "Systems Manager doesn't know it: it needs the SSM Agent and a role with AmazonSSMManagedInstanceCore",
    );
  const silent = isSilent(ping, now);
  if (silent === (wanted === "silent")) return undefined;
  const heard = heardText(ping, now);
  if (wanted === "online") return refuse("ssm-silent", `Systems Manager ${heard}`);
  // It may fall silent yet: its ping status lags by minutes.
  const again = Math.min(now + LOOK_AGAIN, Math.max(now + 1000, (ping.lastAt ?? now) + SILENT_AFTER));
  return refuse(
    "ssm-online",
    `Systems Manager ${heard}; it counts as silent ${formatDuration(SILENT_AFTER / 1000)} after its last ping, or once its ping status says so`,
    again,
  );
}

function isSilent({ online, lastAt }: NonNullable<InstanceFacts["ping"]>, now: number): boolean {
  return !online || (lastAt !== undefined && now - lastAt > SILENT_AFTER);
}

function heardText({ lastAt }: NonNullable<InstanceFacts["ping"]>, now: number): string {
  return lastAt === undefined ? "has never heard of it" : `heard of it ${agoText(lastAt, now)}`;
}

function symptomText(instance: InstanceFacts, when: Runbook["when"], now: number): string {
  const parts = [
    ...(when.instanceCheck === undefined ? [] : [`instance check ${when.instanceCheck}`]),
    ...(when.systemCheck === undefined ? [] : [`system check ${when.systemCheck}`]),
    ...(when.ssm === undefined || !instance.ping ? [] : [`Systems Manager ${heardText(instance.ping, now)}`]),
  ];
  return parts.length === 0 ? "the runbook asks for no symptoms" : parts.join(", ");
}
