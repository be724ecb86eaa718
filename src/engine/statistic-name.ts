/** The statistics every metric has. */
export const BASIC_STATISTICS = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"] as const;

export type BasicStatistic = (typeof BASIC_STATISTICS)[number];

/** TM trimmed mean, TC trimmed count, TS trimmed sum, WM winsorized mean, PR percentile rank. */
const RANGE_STATISTICS = ["TM", "TC", "TS", "WM", "PR"] as const;

type RangeStatistic = (typeof RANGE_STATISTICS)[number];

/** A statistic's name, read. Bounds are percentages (0 to 100) or values; an absent bound is open. */
export type Statistic =
  | { readonly kind: "basic"; readonly name: BasicStatistic }
  | { readonly kind: "percentile"; readonly percent: number }
  | {
      readonly kind: "range";
      readonly name: RangeStatistic;
      readonly unit: "percent" | "value";
      readonly lower?: number;
      readonly upper?: number;
    };

const PERCENT = String.raw`(?:\d{1,2}(?:\.\d{0,10})?|100(?:\.0{0,10})?)`;
const SHORT = new RegExp(`^(p|tm|tc|ts|wm)(${PERCENT})$`);
const PERCENT_RANGE = new RegExp(`^(TM|TC|TS|WM)\\((?:(${PERCENT})%)?:(?:(${PERCENT})%)?\\)$`);
const VALUE = String.raw`(?:\d+(?:\.\d*)?|\.\d+)`;
const VALUE_RANGE = new RegExp(`^(TM|TC|TS|WM|PR)\\((${VALUE})?:(${VALUE})?\\)$`);

/**
 * Reads a statistic's name as CloudWatch writes it: `Average`, `p99.9`, `tm90`, `TM(2%:98%)`, `PR(:300)`, `IQM`.
 * Answers undefined for anything else. Case counts: the one-number forms are lower case, the two-bound forms upper case.
 */
export function parseStatistic(name: string): Statistic | undefined {
  const basic = BASIC_STATISTICS.find((each) => each === name);
  if (basic) return { kind: "basic", name: basic };
  if (name === "IQM") return { kind: "range", name: "TM", unit: "percent", lower: 25, upper: 75 };
  const short = SHORT.exec(name);
  if (short) {
    const percent = Number(short[2]);
    if (short[1] === "p") return { kind: "percentile", percent };
    return {
      kind: "range",
      name: short[1]?.toUpperCase() as RangeStatistic,
      unit: "percent",
      upper: percent,
    };
  }
  return range(PERCENT_RANGE.exec(name), "percent") ?? range(VALUE_RANGE.exec(name), "value");
}

function range(match: RegExpExecArray | null, unit: "percent" | "value"): Statistic | undefined {
  const [, name, low, high] = match ?? [];
  if (name === undefined || (low === undefined && high === undefined)) return undefined;
  const lower = low === undefined ? undefined : Number(low);
  const upper = high === undefined ? undefined : Number(high);
  if (lower !== undefined && upper !== undefined && lower >= upper) return undefined;
  return {
    kind: "range",
    name: name as RangeStatistic,
    unit,
    ...(lower === undefined ? {} : { lower }),
    ...(upper === undefined ? {} : { upper }),
  };
}

/** Whether a statistic can only be computed from raw values, not from statistic sets. */
export function needsRawValues(statistic: Statistic): boolean {
  return statistic.kind !== "basic";
}

/**
 * Whether a period has too few samples for its percentile to mean anything
 * (`EvaluateLowSampleCountPercentile`): below 10/(1-p) samples from the median up, below 10/p under it.
 */
export function hasTooFewSamples(statistic: Statistic, sampleCount: number): boolean {
  if (statistic.kind !== "percentile") return false;
  const { percent } = statistic;
  const share = percent >= 50 ? 100 - percent : percent;
  // 100 - 99.9 isn't exact; a billionth of slack keeps 10,000 samples enough for p99.9.
  return share > 0 && sampleCount * share < 1000 * (1 - 1e-9);
}
