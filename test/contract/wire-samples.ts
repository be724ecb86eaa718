import type { NormalizedSchema } from "@smithy/core/schema";

/** How a protocol limits what can be told apart. */
export interface SampleLimits {
  /** Empty lists, maps and structures can't be told from absent ones. */
  readonly noEmpties: boolean;
  /** Maps may have a key `__proto__`. The SDK's clients send it but lose it when reading. */
  readonly protoKeys: boolean;
}

type Random = () => number;

const MAX_DEPTH = 5;
/** Text that breaks careless encoders: markup, separators, percent signs, spaces at the ends, other planes. */
const TEXTS = [
  "plain",
  "a<b>&\"c'd]]>",
  " padded ",
  "x+y=z&w%20?#/:;,",
  "naïve – 東京 🚨",
  "line\nbreak\ttab\rreturn",
  "__proto__",
  "constructor",
  "-1e5",
  "true",
];

/**
 * A random value of an SDK schema: from the SDK's own description, not from our snapshot, so that what the snapshot lost shows.
 */
export function sampleOf(schema: NormalizedSchema, random: Random, limits: SampleLimits, depth = 0): unknown {
  if (schema.isUnitSchema()) return {};
  if (schema.isStructSchema()) return structure(schema, random, limits, depth);
  const traits = schema.getMergedTraits();
  const inHeader = traits.httpHeader !== undefined || traits.httpLabel !== undefined;
  if (schema.isListSchema()) {
    const length = pick(
      random,
      limits.noEmpties || traits.httpQuery !== undefined ? [1, 2, 3] : [0, 1, 2, 3],
    );
    return Array.from({ length }, () => sampleOf(schema.getValueSchema(), random, limits, depth + 1));
  }
  if (schema.isMapSchema()) {
    const keys = [...pick(random, limits.noEmpties ? [["a"], ["a b", "é&<"]] : [[], ["a"], ["a b", "é&<"]])];
    if (limits.protoKeys && keys.length > 1) keys.push("__proto__");
    const value: Record<string, unknown> = Object.create(null);
    for (const key of keys) value[key] = sampleOf(schema.getValueSchema(), random, limits, depth + 1);
    return value;
  }
  if (schema.isTimestampSchema()) return new Date(1_700_000_000_000 + Math.floor(random() * 1e8) * 1000);
  if (schema.isBooleanSchema()) return random() < 0.5;
  if (schema.isNumericSchema())
    return pick(random, [0, 1, -7, 2 ** 31, 0.1, 1234.5678, 1e-9, Math.floor(random() * 1e6)]);
  if (schema.isBlobSchema())
    return Uint8Array.from({ length: Math.floor(random() * 9) }, () => Math.floor(random() * 256));
  if (schema.isStringSchema()) return inHeader ? `v-${Math.floor(random() * 1e6)}` : text(random, limits);
  throw new Error(`no samples for ${schema.getName()}`);
}

function text(random: Random, { noEmpties }: SampleLimits): string {
  const tail = Math.floor(random() * 1e6).toString(36);
  return !noEmpties && random() < 0.05 ? "" : `${pick(random, TEXTS)}${random() < 0.5 ? "" : tail}`;
}

function structure(schema: NormalizedSchema, random: Random, limits: SampleLimits, depth: number): unknown {
  const value: Record<string, unknown> = {};
  const members = [...schema.structIterator()];
  const required = (schema.getSchema() as unknown as readonly number[])[6] ?? 0;
  if (schema.isUnionSchema()) {
    const [name, member] = pick(random, members);
    return { [name]: sampleOf(member, random, limits, depth + 1) };
  }
  members.forEach(([name, member], index) => {
    const traits = member.getMergedTraits();
    const deep =
      depth >= MAX_DEPTH && (member.isStructSchema() || member.isListSchema() || member.isMapSchema());
    const needed =
      index < required || traits.httpLabel !== undefined || traits.idempotencyToken !== undefined;
    if (needed || (!deep && random() < 0.5)) value[name] = sampleOf(member, random, limits, depth + 1);
  });
  const [first] = members;
  if (limits.noEmpties && first && Object.keys(value).length === 0) {
    value[first[0]] = sampleOf(first[1], random, limits, depth + 1);
  }
  return value;
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[Math.floor(random() * items.length)] as T;
}

/** A value in a form that can be compared: plain objects with sorted keys, without what can't be told from absence. */
export function comparable(value: unknown, limits: SampleLimits): unknown {
  if (value === null || value === undefined) return undefined;
  if (value instanceof Date) return `time ${value.toISOString()}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
  if (Array.isArray(value)) {
    const items = value.map((item) => comparable(item, limits)).filter((item) => item !== undefined);
    return items.length === 0 && limits.noEmpties ? undefined : items;
  }
  if (typeof value !== "object") return value;
  const entries = Object.entries(value)
    .filter(([key]) => key !== "$metadata")
    .map(([key, item]): [string, unknown] => [`.${key}`, comparable(item, limits)])
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 && limits.noEmpties ? undefined : Object.fromEntries(entries);
}
