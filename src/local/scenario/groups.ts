import { labelOf, type Reporter } from "../../config/schema-issues.ts";
import type { Path } from "../../config/yaml-source.ts";
import { parseDuration } from "../../model/duration.ts";
import { didYouMean } from "../../support/suggest.ts";
import { AwsError } from "../aws-error.ts";
import type { StatusCheck } from "../fleet/instance.ts";
import { type InstanceTypeFacts, instanceTypeFacts } from "../fleet/instance-types.ts";
import { PLATFORMS, type PlatformFacts } from "../fleet/platforms.ts";
import { AGENT_METRICS } from "../guest/agent-metric-table.ts";
import { type Moment, parseMoment } from "../moments.ts";
import { INSTANCE_METRICS, VOLUME_METRICS } from "../services/ec2/metric-tables.ts";
import { withTags } from "../services/ec2/tag-rules.ts";
import { type VolumeSpec, volumeSpec } from "../services/ec2/volume-types.ts";
import { filesOf, type GeneratorSpec } from "./generator-spec.ts";
import { type GroupGuest, type GroupRole, guestFrom, roleFrom } from "./guests.ts";
import type { Place } from "./place.ts";
import type { GroupForm, ScenarioForm } from "./schema.ts";
import { type Surroundings, surroundingsFrom } from "./surroundings.ts";

/** Texts may hold `{n}`, the running number in the group from 1, or `{n:3}`, filled with zeros to three digits. */
export type Template = string;

/** A volume of each instance of a group. */
interface GroupVolume extends VolumeSpec {
  readonly device: string;
  readonly encrypted: boolean;
  readonly deleteOnTermination: boolean;
  readonly tags: readonly (readonly [string, Template])[];
}

interface GroupAgent {
  readonly interval: number;
  readonly disks: readonly string[];
  readonly dimensions: readonly ("ImageId" | "InstanceType" | "AutoScalingGroupName")[];
  /** Undefined: since the launch, and still. */
  readonly since: Moment | undefined;
  readonly until: Moment | undefined;
}

/** Instances that are alike. */
export interface ScenarioGroup extends Place {
  readonly name: string;
  readonly count: number;
  readonly type: InstanceTypeFacts;
  readonly image: string | undefined;
  readonly platform: PlatformFacts;
  readonly state: "running" | "stopped" | "terminated";
  readonly launched: Moment;
  /** When stopped or terminated ones ended. */
  readonly ended: Moment;
  /** Tags with their templates; `names` are there as the tag Name. */
  readonly tags: readonly (readonly [string, Template | readonly string[]])[];
  /** Root first. */
  readonly volumes: readonly GroupVolume[];
  readonly dnsNames: readonly Template[];
  readonly detailedMonitoring: boolean;
  readonly unlimited: boolean;
  readonly spot: boolean;
  readonly terminationProtected: boolean;
  readonly agents: readonly GroupAgent[];
  readonly impairments: readonly {
    readonly check: StatusCheck;
    readonly at: Moment;
    readonly seconds: number | undefined;
  }[];
  readonly metrics: Readonly<Record<string, GeneratorSpec>>;
  readonly role: GroupRole | undefined;
  readonly guest: GroupGuest | undefined;
  readonly surroundings: Surroundings;
}

const DEFAULT_LAUNCH: Moment = { offset: -30 * 86_400_000 };
// A terminated instance is seen for an hour: ten minutes ago leaves time to look at it.
const DEFAULT_END = { running: 0, stopped: -86_400_000, terminated: -600_000 } as const;

/** A group out of its form; says what is wrong with it and answers undefined where it can't be made at all. */
export function groupFrom(
  form: GroupForm,
  path: Path,
  place: Place,
  reporter: Reporter,
): ScenarioGroup | undefined {
  const type = instanceTypeFacts(form.type ?? "t3.micro");
  if (!type) {
    reporter.error("unknown-type", `there is no instance type "${form.type}"`, [...path, "type"]);
    return undefined;
  }
  if (form.creditMode !== undefined && !type.credits)
    reporter.error("no-credits", `creditMode is for T types only, ${type.name} has no CPU credits`, [
      ...path,
      "creditMode",
    ]);
  const platform = PLATFORMS[form.platform ?? "linux"];
  const state = form.state ?? "running";
  const names = form.names;
  const count = form.count ?? (Array.isArray(names) ? names.length : 1);
  if (Array.isArray(names) && names.length !== count)
    reporter.error("names-count", `${names.length} names for ${count} instances`, [...path, "names"]);
  checkMetrics(form, path, reporter);
  const guest = guestFrom(form.guest);
  const servicePort = guest?.profile.services.find(({ port }) => port !== undefined)?.port;
  return {
    ...place,
    name: form.name,
    count,
    type,
    image: form.image,
    platform,
    state,
    launched: momentOf(form.launched) ?? DEFAULT_LAUNCH,
    ended: momentOf(form.ended) ?? { offset: DEFAULT_END[state] },
    tags: tagsFrom(form, path, reporter),
    volumes: volumesFrom(form, platform, path, reporter),
    dnsNames: form.dnsNames ?? [],
    detailedMonitoring: form.monitoring === "detailed",
    unlimited:
      form.creditMode === undefined
        ? (type.credits?.launchUnlimited ?? false)
        : form.creditMode === "unlimited",
    spot: form.spot ?? false,
    terminationProtected: form.terminationProtection ?? false,
    agents: agentsFrom(form, platform, path, reporter),
    impairments: (form.impairments ?? []).map((one) => ({
      check: one.check,
      at: momentOf(one.at) ?? { offset: 0 },
      seconds: one.for === undefined ? undefined : parseDuration(one.for),
    })),
    metrics: form.metrics ?? {},
    role: roleFrom(form.profile, [...path, "profile"], reporter),
    guest,
    surroundings: surroundingsFrom(form, servicePort),
  };
}

/** The CSV files that a scenario's metrics name, and where. */
export function* recordingsOf(form: ScenarioForm): Iterable<{ readonly file: string; readonly path: Path }> {
  for (const [index, group] of (form.groups ?? []).entries())
    for (const [metric, spec] of Object.entries(group.metrics ?? {}))
      for (const file of filesOf(spec)) yield { file, path: ["groups", index, "metrics", metric] };
}

/** A template's text for an instance. */
export function expandTemplate(template: Template, n: number): string {
  return template.includes("{n")
    ? template.replace(/\{n(?::(\d+))?\}/g, (_, width?: string) =>
        String(n).padStart(Number(width ?? 0), "0"),
      )
    : template;
}

function tagsFrom(form: GroupForm, path: Path, reporter: Reporter): ScenarioGroup["tags"] {
  const tags: [string, Template | readonly string[]][] = [];
  if (form.names !== undefined) tags.push(["Name", form.names]);
  for (const key of Object.keys(form.tags ?? {}))
    tags.push([key, reporter.source.text([...path, "tags", key]) ?? ""]);
  if (form.names !== undefined && form.tags?.["Name"] !== undefined)
    reporter.error("two-names", "names and the tag Name say the same: keep one", [...path, "tags", "Name"]);
  try {
    withTags(
      new Map(),
      tags.map(([Key, value]) => ({ Key, Value: typeof value === "string" ? value : (value[0] ?? "") })),
    );
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    reporter.error("bad-tags", error.message, [...path, "tags"]);
  }
  const { autoScalingGroup: scaling } = form;
  if (scaling !== undefined)
    tags.push(["aws:autoscaling:groupName", typeof scaling === "string" ? scaling : scaling.name]);
  return tags;
}

function volumesFrom(
  form: GroupForm,
  platform: PlatformFacts,
  path: Path,
  reporter: Reporter,
): readonly GroupVolume[] {
  const forms = form.volumes && form.volumes.length > 0 ? form.volumes : [{}];
  const devices = new Set<string>();
  return forms.flatMap((volume, index) => {
    const place: Path = [...path, "volumes", index];
    const device = volume.device ?? (index === 0 ? platform.rootDevice : nextDevice(platform, index));
    if (devices.has(device)) reporter.error("duplicate-device", `two volumes on ${device}`, place);
    devices.add(device);
    try {
      const { type = "gp3", size, iops, throughput } = volume;
      const spec = volumeSpec({ type, size, iops, throughput }, index === 0 ? platform.rootSize : 100);
      const tags = Object.keys(volume.tags ?? {}).map(
        (key) => [key, reporter.source.text([...place, "tags", key]) ?? ""] as const,
      );
      const { encrypted = false, deleteOnTermination = true } = volume;
      return [{ ...spec, device, encrypted, deleteOnTermination, tags }];
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      reporter.error("bad-volume", `${labelOf(place)}: ${error.message}`, place);
      return [];
    }
  });
}

function nextDevice(platform: PlatformFacts, index: number): string {
  const letter = String.fromCharCode("f".charCodeAt(0) + index - 1);
  return platform.windows ? `xvd${letter}` : `/dev/sd${letter}`;
}

function agentsFrom(
  { agent }: GroupForm,
  platform: PlatformFacts,
  path: Path,
  reporter: Reporter,
): readonly GroupAgent[] {
  if (agent === undefined || agent === false) return [];
  const forms = agent === true ? [{}] : Array.isArray(agent) ? agent : [agent];
  const agents = forms
    .filter(({ enabled }) => enabled !== false)
    .map((form) => ({
      interval: parseDuration(form.interval ?? 60) ?? 60,
      disks: form.disks ?? [platform.windows ? "C:" : "/"],
      dimensions: form.dimensions ?? [],
      since: momentOf(form.since),
      until: momentOf(form.until),
    }));
  if (new Set(agents.map(({ dimensions }) => [...dimensions].sort().join())).size < agents.length)
    reporter.error("same-dimensions", "two agents publish the same series: give them other dimensions", [
      ...path,
      "agent",
    ]);
  return agents;
}

const RULES = [...INSTANCE_METRICS, ...VOLUME_METRICS];
const GENERATED = new Set([
  ...RULES.filter(({ source }) => source.kind === "gauge" || source.kind === "rate").map(({ name }) => name),
  ...Object.values(AGENT_METRICS)
    .flat()
    .map(({ name }) => name),
]);

function checkMetrics(form: GroupForm, path: Path, reporter: Reporter): void {
  for (const name of Object.keys(form.metrics ?? {})) {
    if (GENERATED.has(name)) continue;
    const rule = RULES.find((candidate) => candidate.name === name);
    const message =
      rule?.source.kind === "check"
        ? `${name} follows from impairments: say there when the check fails`
        : rule?.source.kind === "credits"
          ? `${name} follows from CPUUtilization`
          : `nothing publishes a metric "${name}".${didYouMean(name, GENERATED)}`;
    reporter.error("unknown-metric", message, [...path, "metrics", name], "key");
  }
}

function momentOf(text: string | undefined): Moment | undefined {
  return text === undefined ? undefined : parseMoment(text);
}
