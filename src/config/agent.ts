import {
  AGENT_PLATFORMS,
  type AgentPlatform,
  type AgentPolicy,
  type AgentProfile,
  type AgentRollout,
  type AgentTarget,
  type LogFile,
  type OwnAgentFile,
  type WindowsEventLog,
} from "../model/agent-policy.ts";
import { parseDuration } from "../model/duration.ts";
import type { FailureLimit, WaveSize } from "../model/rollout.ts";
import { didYouMean } from "../support/suggest.ts";
import { agentProfileSchema, agentSchema } from "./agent-schema.ts";
import { compact, type Reading } from "./reading.ts";
import type { ConfigRegistries } from "./registries.ts";
import { selectorAt } from "./selector.ts";
import type { Path } from "./yaml-source.ts";

/** The profile that a target has when it names none; it needn't be written. */
const DEFAULT_PROFILE = "default";
/** The agent must write at least so often to count as alive, seconds. */
const LONGEST_INTERVAL = 300;
const INSTANCE = "ec2.instance";

/** `agent:`, checked as far as that needs no files: names lead somewhere, and times are sensible. */
export function agentFrom(reading: Reading, registries: ConfigRegistries): AgentPolicy | undefined {
  if (reading.raw(["agent"]) === undefined) return undefined;
  const { shape } = agentSchema;
  const profiles: Record<string, AgentProfile> = {};
  for (const key of reading.keys(["agent", "profiles"])) profiles[key] = profileAt(key, reading);
  const targets = Array.from({ length: reading.length(["agent", "targets"]) }, (_, index) =>
    targetAt(["agent", "targets", index], Object.keys(profiles), reading, registries),
  );
  for (const { profile } of targets) if (profile === DEFAULT_PROFILE) profiles[profile] ??= { name: profile };
  warnUnused(profiles, targets, reading);
  return {
    install: reading.pick(shape.install, ["agent", "install"]) ?? true,
    version: reading.pick(shape.version, ["agent", "version"]) ?? "latest",
    merge: reading.pick(shape.merge, ["agent", "merge"]) ?? "keep",
    targets,
    profiles,
    rollout: rolloutFrom(reading),
    position: reading.position(["agent"]),
  };
}

function targetAt(
  path: Path,
  profiles: readonly string[],
  reading: Reading,
  registries: ConfigRegistries,
): AgentTarget {
  const { shape } = agentSchema.shape.targets.element;
  const known = Object.keys(registries.resourceTypes);
  const select = selectorAt([...path, "select"], reading, known) ?? {};
  const { types = [INSTANCE], ...conditions } = select;
  const other = types.find((type) => type !== INSTANCE && known.includes(type));
  if (other !== undefined)
    reading.error("wrong-type", `the agent runs on ${INSTANCE} only, not on ${other}`, [
      ...path,
      "select",
      "type",
    ]);
  if (
    reading.raw([...path, "select"]) !== undefined &&
    Object.values(conditions).every((part) => Object.keys(part ?? {}).length === 0) &&
    select.types === undefined
  )
    reading.error(
      "empty-selector",
      `select is empty and would choose every instance there is: say at least { type: ${INSTANCE} }`,
      [...path, "select"],
    );
  const profile = reading.pick(shape.profile, [...path, "profile"]) ?? DEFAULT_PROFILE;
  if (profile !== DEFAULT_PROFILE && !profiles.includes(profile)) {
    const names = [...new Set([...profiles, DEFAULT_PROFILE])];
    const remedy = didYouMean(profile, names) || ` There are: ${names.join(", ")}`;
    reading.error("unknown-profile", `unknown profile ${JSON.stringify(profile)}.${remedy}`, [
      ...path,
      "profile",
    ]);
  }
  return {
    select: { ...select, types: [INSTANCE] },
    profile,
    replaceRole: reading.pick(shape.replaceRole, [...path, "replaceRole"]) ?? false,
    replaceAgent: reading.pick(shape.replaceAgent, [...path, "replaceAgent"]) ?? false,
  };
}

function profileAt(name: string, reading: Reading): AgentProfile {
  const path: Path = ["agent", "profiles", name];
  const { shape } = agentProfileSchema;
  const days = reading.pick(shape.retentionDays, [...path, "retentionDays"]);
  const withDays = <Log extends { readonly retentionDays?: number | undefined }>(log: Log): Log =>
    compact({ ...log, retentionDays: log.retentionDays ?? days }) as Log;
  const files = reading.pick(shape.files, [...path, "files"]);
  const logs = Object.fromEntries(
    AGENT_PLATFORMS.flatMap((platform) => {
      const list = files?.[platform];
      return list ? [[platform, list.map((file) => withDays(file) as LogFile)]] : [];
    }),
  );
  const events = reading.pick(shape.events, [...path, "events"]);
  const own = ownAt(path, reading);
  warnIdle(path, own, reading);
  const disks = reading.pick(shape.disks, [...path, "disks"]);
  return {
    name,
    position: reading.position(path),
    ...(Object.keys(own).length === 0 ? {} : { own }),
    ...compact({
      interval: intervalAt([...path, "interval"], reading),
      disks: disks && reading.texts([...path, "disks"]),
      files: files && logs,
      events: events?.map((event) => withDays(event) as WindowsEventLog),
      flushSeconds: secondsAt([...path, "flush"], reading, true),
    }),
  };
}

function ownAt(path: Path, reading: Reading): Partial<Record<AgentPlatform, OwnAgentFile>> {
  const { configuration } = agentProfileSchema.shape;
  const files = reading.pick(configuration, [...path, "configuration"]);
  const own: Partial<Record<AgentPlatform, OwnAgentFile>> = {};
  for (const platform of AGENT_PLATFORMS) {
    const file = files?.[platform];
    if (file !== undefined)
      own[platform] = { file, position: reading.position([...path, "configuration", platform]) };
  }
  return own;
}

/** What a generated configuration would have, where a file of one's own stands in for it. */
function warnIdle(path: Path, own: Partial<Record<AgentPlatform, OwnAgentFile>>, reading: Reading): void {
  const idle = (keys: readonly (string | number)[]): void => {
    if (reading.raw([...path, ...keys]) === undefined) return;
    reading.warn(
      "unused-key",
      `${keys.join(".")} has no effect: configuration names a file in its place`,
      [...path, ...keys],
      "key",
    );
  };
  for (const platform of AGENT_PLATFORMS) if (own[platform]) idle(["files", platform]);
  if (own.windows) idle(["events"]);
  if (AGENT_PLATFORMS.every((platform) => own[platform]))
    for (const key of ["interval", "disks", "retentionDays", "flush"]) idle([key]);
}

function warnUnused(
  profiles: Readonly<Record<string, AgentProfile>>,
  targets: readonly AgentTarget[],
  reading: Reading,
): void {
  for (const name of Object.keys(profiles))
    if (!targets.some(({ profile }) => profile === name))
      reading.warn("unused-profile", `no target uses profile "${name}"`, ["agent", "profiles", name], "key");
}

function rolloutFrom(reading: Reading): AgentRollout {
  const path: Path = ["agent", "rollout"];
  const rollout = agentSchema.shape.rollout.unwrap().shape;
  const waves = reading.pick(rollout.waves, [...path, "waves"]);
  return compact({
    waves: waves as readonly WaveSize[] | undefined,
    failures: reading.pick(rollout.failures, [...path, "failures"]) as FailureLimit | undefined,
    stopAlarms: reading.pick(rollout.stopAlarms, [...path, "stopAlarms"]),
    pauseSeconds: secondsAt([...path, "pause"], reading, true),
    patienceSeconds: secondsAt([...path, "patience"], reading),
    registrationSeconds: secondsAt([...path, "registration"], reading, true),
  });
}

function intervalAt(path: Path, reading: Reading): number | undefined {
  const seconds = secondsAt(path, reading);
  if (seconds !== undefined && seconds > LONGEST_INTERVAL)
    reading.error(
      "bad-value",
      `interval must be ${LONGEST_INTERVAL / 60}m at most: an agent that is silent for longer can't be told from a dead one`,
      path,
    );
  return seconds;
}

function secondsAt(path: Path, reading: Reading, mayBeZero = false): number | undefined {
  const written = reading.raw(path);
  const seconds =
    typeof written === "number" || typeof written === "string" ? parseDuration(written) : undefined;
  if (seconds === 0 && !mayBeZero)
    reading.error("bad-value", `${String(path.at(-1))} must be more than 0`, path);
  return seconds;
}
