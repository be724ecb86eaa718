import type { AlarmPolicy } from "../../model/alarm-policy.ts";
import { formatDuration } from "../../model/duration.ts";
import { formatMatcher } from "../../model/matcher.ts";
import type { Runbook, Step } from "../../model/runbook.ts";
import { canonicalJson } from "../../support/canonical-json.ts";
import { didYouMean } from "../../support/suggest.ts";
import type { Reading } from "../reading.ts";
import type { Path } from "../yaml-source.ts";

/**
 * Seconds that a reboot needs for "never" to be proved: EC2 resets a guest that doesn't shut down after about four minutes, and the same
 * boot must go on for six.
 */
const LEAST_REBOOT = 600;

/** Checks runbooks that are read: what can't work, can't be told apart, or could never begin. `base`: where they stand. */
export function checkRunbooks(
  runbooks: readonly Runbook[],
  base: Path,
  reading: Reading,
  policies: readonly AlarmPolicy[],
): void {
  const seen = new Map<string, string>();
  const alarms = new Set(policies.flatMap((policy) => policy.alarms.map(({ key }) => key)));
  for (const runbook of runbooks) {
    const path = [...base, runbook.name];
    if (isEmpty(runbook, path, reading)) continue;
    checkSteps(runbook, path, reading);
    checkProof(runbook, path, reading);
    checkTrigger(runbook, path, reading, alarms);
    checkOwnActions(runbook, path, reading, policies);
    if (runbook.trigger.length === 0) continue;
    const occasion = canonicalJson({
      trigger: runbook.trigger.map((list) => list.map(formatMatcher).sort().join()).sort(),
      when: runbook.when,
    });
    const other = seen.get(occasion);
    if (other !== undefined)
      reading.error(
        "duplicate-trigger",
        `runbooks "${other}" and "${runbook.name}" have the same trigger and the same when: the second would never run. Let their when differ, or remove one`,
        path,
        "key",
      );
    seen.set(occasion, other ?? runbook.name);
  }
}

/** Where a step stands: in the runbook's own ladder, or where it says whose it uses. */
function placeOf(path: Path, runbook: Runbook, rung: number, step: number, reading: Reading): Path {
  const name = runbook.ladder[rung]?.name ?? "";
  const own = [...path, "ladder", rung, name, step];
  return reading.raw(own) === undefined ? [...path, "use"] : own;
}

/** A runbook without anything to do; whatever else is wrong with it hardly matters. */
function isEmpty({ name, ladder }: Runbook, path: Path, reading: Reading): boolean {
  if (ladder.length > 0 || reading.raw([...path, "ladder"]) !== undefined) return false;
  // What has no value at all was told.
  if (reading.raw(path) !== null)
    reading.error(
      "missing-key",
      `runbook "${name}" does nothing: give it a ladder, or use: a runbook that comes with Watchkeeper`,
      path,
      "key",
    );
  return true;
}

function checkSteps(runbook: Runbook, path: Path, reading: Reading): void {
  const { ladder, when } = runbook;
  const allowed = reading.raw([...path, "allowStopStart"]) === true;
  // Systems Manager answers again once the instance has started anew, or was waited for.
  let silent = when.ssm === "silent";
  for (const [rung, { steps }] of ladder.entries())
    for (const [index, step] of steps.entries()) {
      const place = placeOf(path, runbook, rung, index, reading);
      const kind = step.action.do;
      if (kind === "stopStart" && !allowed)
        reading.error(
          "stop-start-not-allowed",
          "stopStart moves the instance to another host: public addresses that aren't elastic change, and instance store is lost. Write allowStopStart: true beside the ladder if that may be",
          place,
        );
      if (kind === "reboot" && when.systemCheck === "impaired")
        reading.error(
          "reboot-on-broken-host",
          "a reboot stays on the host whose system check is impaired, and can't help: use stopStart",
          place,
        );
      if (kind === "reboot" && step.timeoutSeconds < LEAST_REBOOT)
        reading.warn(
          "short-reboot",
          `within ${formatDuration(step.timeoutSeconds)} a reboot that never comes can't be proved, and ends as unknown: give it ${formatDuration(LEAST_REBOOT)} or more`,
          place,
        );
      if (kind === "startInstance" && ladder[0]?.steps[0]?.action.do !== "startInstance")
        reading.warn(
          "late-start",
          "startInstance does nothing here: only a runbook that begins with it takes instances that are stopped. Put it first",
          place,
        );
      if (silent && needsSystemsManager(step))
        reading.error(
          "silent-instance",
          `${kind} needs Systems Manager, which is silent by this runbook's when: put reboot, or waitFor: ssm, before it`,
          place,
        );
      if (kind === "reboot" || kind === "stopStart" || kind === "startInstance") silent = false;
      if (step.action.do === "waitFor" && step.action.until === "ssm") silent = false;
    }
}

function needsSystemsManager({ action }: Step): boolean {
  if (action.do === "check") return action.check.kind === "command";
  return action.do === "restartService" || action.do === "runCommand";
}

/** Something must be able to show that it helped. */
function checkProof({ name, trigger, checks }: Runbook, path: Path, reading: Reading): void {
  // A trigger that couldn't be read was told.
  if (trigger.length > 0 || reading.raw([...path, "trigger"]) !== undefined) return;
  if (checks.length === 0)
    reading.error(
      "no-checks",
      `runbook "${name}" has no trigger, so that no alarm can show that it helped: give it checks, or a trigger`,
      path,
      "key",
    );
  else if (checks.every(({ kind }) => kind === "alarm"))
    reading.error(
      "no-checks",
      `runbook "${name}" has no trigger, so that there is no alarm to check: give it other checks, or a trigger`,
      [...path, "checks"],
      "key",
    );
}

/** A trigger that names an alarm which no policy has. The alarm may be another configuration's, so that this is a warning. */
function checkTrigger(
  { name, trigger }: Runbook,
  path: Path,
  reading: Reading,
  alarms: ReadonlySet<string>,
): void {
  const missing = trigger.map((list) =>
    list.find(
      ({ name: label, operator, value }) => label === "alarm_key" && operator === "=" && !alarms.has(value),
    ),
  );
  const [first] = missing;
  if (!first || !missing.every((matcher) => matcher !== undefined)) return;
  const own = [...path, "trigger"];
  const guess = didYouMean(first.value, alarms) || " Write it into a policy, or set the trigger";
  reading.warn(
    "no-such-alarm",
    `runbook "${name}" waits for the alarm "${first.value}", which no policy here has.${guess}`,
    reading.raw(own) === undefined ? path : own,
    "key",
  );
}

/** An alarm that acts on its instance by itself, and a runbook that it begins: the server would be rebooted twice. */
function checkOwnActions(
  { name, trigger }: Runbook,
  path: Path,
  reading: Reading,
  policies: readonly AlarmPolicy[],
): void {
  const keys = new Set(
    trigger
      .flat()
      .filter(({ name: label, operator }) => label === "alarm_key" && operator === "=")
      .map(({ value }) => value),
  );
  for (const { key, actions } of policies.flatMap((policy) => policy.alarms)) {
    const action = actions?.alarm?.find((target) => /(^|:)ec2:(recover|reboot|stop|terminate)$/.test(target));
    if (action === undefined || !keys.has(key)) continue;
    const own = [...path, "trigger"];
    reading.warn(
      "two-repairs",
      `runbook "${name}" is begun by the alarm "${key}", which itself does ${action}: leave one of them out, or it happens twice`,
      reading.raw(own) === undefined ? path : own,
      "key",
    );
  }
}
