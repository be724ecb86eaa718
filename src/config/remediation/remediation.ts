// What `remediation:` says: guards, and runbooks with their steps and checks. This file: all of it together.
import type { AlarmPolicy } from "../../model/alarm-policy.ts";
import type { NotificationPolicy } from "../../model/notification-policy.ts";
import type { GuardSettings, RemediationPolicy, Runbook } from "../../model/runbook.ts";
import { didYouMean } from "../../support/suggest.ts";
import type { Reading } from "../reading.ts";
import type { ConfigRegistries } from "../registries.ts";
import type { Path } from "../yaml-source.ts";
import { DEFAULT_GUARDS, guardsAt, type NamedIntervals } from "./remediation-guards.ts";
import { remediationSchema, runbookSchema } from "./remediation-schema.ts";
import { checkRunbooks } from "./runbook-rules.ts";
import { fillSettings } from "./runbook-texts.ts";
import { draftAt, type RunbookDraft } from "./runbooks.ts";
import type { ShippedRunbook } from "./shipped-runbook.ts";

/** How long the checks may take after a rung, seconds: an alarm needs its periods to recover. */
const SETTLE = 5 * 60;
const ALARM_SETTLES = 20 * 60;
const EVIDENCE_TIMEOUT = 60;

interface RunbookContext {
  readonly reading: Reading;
  readonly shipped: Readonly<Record<string, ShippedRunbook>>;
  readonly guards: GuardSettings;
  readonly intervals: NamedIntervals;
  readonly channels: readonly string[];
}

/** `remediation:`, with the runbooks it uses filled in and checked as a whole. */
export function remediationFrom(
  reading: Reading,
  registries: ConfigRegistries,
  notifications: NotificationPolicy | undefined,
  policies: readonly AlarmPolicy[],
): RemediationPolicy | undefined {
  const base = ["remediation"];
  if (reading.raw(base) === undefined) return undefined;
  const intervals = notifications?.timeIntervals ?? {};
  const context: RunbookContext = {
    reading,
    shipped: registries.runbooks ?? {},
    guards: guardsAt([...base, "guards"], reading, intervals, DEFAULT_GUARDS),
    intervals,
    channels: Object.keys(notifications?.channels ?? {}),
  };
  const place = [...base, "runbooks"];
  const runbooks = reading.keys(place).flatMap((name) => runbookAt(name, [...place, name], context) ?? []);
  checkRunbooks(runbooks, place, reading, policies);
  if (!notifications)
    reading.warn(
      "no-notifications",
      "there are no notifications: nobody is told what runbooks do, or that nothing helped",
      base,
      "key",
    );
  return {
    dryRun: reading.pick(remediationSchema.shape.dryRun, [...base, "dryRun"]) ?? false,
    runbooks,
  };
}

/** Undefined where it uses a runbook that there isn't: whatever else were said of it would only confuse. */
function runbookAt(name: string, path: Path, context: RunbookContext): Runbook | undefined {
  const { reading } = context;
  const shipped = shippedAt([...path, "use"], context);
  if (!shipped && reading.raw([...path, "use"]) !== undefined) return undefined;
  const own = draftAt(path, reading);
  const settings = settingsOf(own, shipped, [...path, "with"], reading);
  const draft = { ...shipped, ...own };
  const unknown = new Set<string>();
  const { description, trigger = [], when = {}, ladder = [], checks = [] } = draft;
  const filled = fillSettings({ ladder, checks, commands: draft.evidence?.commands }, settings, (setting) =>
    unknown.add(setting),
  );
  for (const setting of unknown)
    reading.error(
      "unknown-setting",
      `"$with.${setting}": runbook "${name}" has no such setting.${didYouMean(setting, Object.keys(settings)) || " Write it below with:"}`,
      path,
      "key",
    );
  const byAlarm = checks.length === 0 || checks.some(({ kind }) => kind === "alarm");
  return {
    name,
    ...(description === undefined ? {} : { description }),
    trigger,
    when,
    guards: guardsAt([...path, "guards"], reading, context.intervals, context.guards),
    evidence: {
      timeoutSeconds: draft.evidence?.timeoutSeconds ?? EVIDENCE_TIMEOUT,
      ...(filled.commands === undefined ? {} : { commands: filled.commands }),
    },
    ladder: filled.ladder,
    checks: filled.checks,
    settleSeconds: draft.settleSeconds ?? (byAlarm ? ALARM_SETTLES : SETTLE),
    page: pageAt([...path, "page"], context),
    position: reading.position(path),
  };
}

function shippedAt(path: Path, { reading, shipped }: RunbookContext): ShippedRunbook | undefined {
  const name = reading.pick(runbookSchema.shape.use, path);
  if (name === undefined) return undefined;
  if (Object.hasOwn(shipped, name)) return shipped[name];
  const known = Object.keys(shipped);
  const guess = didYouMean(name, known) || ` There are: ${known.join(", ")}`;
  reading.error(
    "unknown-runbook",
    `no runbook ${JSON.stringify(name)} comes with Watchkeeper.${guess}`,
    path,
  );
  return undefined;
}

/** A runbook's own settings over those of the one it uses, which knows what may be set. */
function settingsOf(
  own: RunbookDraft,
  shipped: ShippedRunbook | undefined,
  path: Path,
  reading: Reading,
): RunbookDraft["settings"] {
  const known = Object.keys(shipped?.settings ?? {});
  // What takes the place of the shipped steps may have settings of its own.
  if (shipped && own.ladder === undefined)
    for (const name of Object.keys(own.settings))
      if (!known.includes(name))
        reading.error(
          "unknown-setting",
          `runbook "${shipped.name}" has no setting ${JSON.stringify(name)}.${didYouMean(name, known) || (known.length === 0 ? " It has none" : ` It has: ${known.join(", ")}`)}`,
          [...path, name],
          "key",
        );
  return { ...shipped?.settings, ...own.settings };
}

function pageAt(path: Path, { reading, channels }: RunbookContext): readonly string[] {
  if (reading.pick(runbookSchema.shape.page, path) === undefined) return [];
  const names = reading.texts(path);
  for (const [index, name] of names.entries()) {
    if (channels.includes(name)) continue;
    const there =
      channels.length === 0 ? " notifications: has no channels" : ` There are: ${channels.join(", ")}`;
    reading.error(
      "unknown-channel",
      `unknown channel ${JSON.stringify(name)}.${didYouMean(name, channels) || there}`,
      Array.isArray(reading.raw(path)) ? [...path, index] : path,
    );
  }
  return [...new Set(names)];
}
