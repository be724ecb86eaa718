/** Points of a series as somebody wrote them: one number a period, `NaN` where none was published. */
export type NotedSeries =
  | { readonly values: readonly number[] }
  /** What is wrong, naming the entry. `offset`: where in the text it begins. */
  | { readonly problem: string; readonly offset: number };

/** More points than any unit test needs; a year of minutes would fit. */
const MAX_POINTS = 600_000;

const NUMBER = String.raw`-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?`;
const VALUE = new RegExp(`^(${NUMBER})(?:x(\\d+))?$`);
const GAP = /^_(?:x(\d+))?$/;
const LINE = new RegExp(`^(${NUMBER})\\.\\.(${NUMBER})x(\\d+)$`);
const STEPS = new RegExp(`^(${NUMBER})([+-])(${NUMBER.slice(2)})x(\\d+)$`);

/**
 * Reads a series in the compact notation of alarm tests, entries between spaces:
 * `5` a value, `5x10` it ten times, `_` a missing point, `_x3` three of them, `0..100x20` twenty points from 0 to 100,
 * `0+5x12` twelve points from 0 in steps of 5, `100-5x12` downwards. `#` begins a comment up to the end of its line.
 */
export function parseSeriesNotation(text: string): NotedSeries {
  const values: number[] = [];
  for (const { 0: entry, index } of withoutComments(text).matchAll(/\S+/g)) {
    const points = pointsOf(entry);
    if (typeof points === "string") return { problem: `"${entry}" ${points}`, offset: index };
    if (values.length + points.count > MAX_POINTS)
      return {
        problem: `"${entry}" makes more than ${MAX_POINTS} points; use a longer period`,
        offset: index,
      };
    for (let i = 0; i < points.count; i += 1) values.push(points.at(i));
  }
  if (values.length === 0)
    return { problem: "there are no points: write _ for a series without any", offset: 0 };
  return { values };
}

/** Comments become spaces, so that offsets stay. */
function withoutComments(text: string): string {
  return text.replace(/(^|\s)#[^\n]*/g, (comment) => " ".repeat(comment.length));
}

function pointsOf(
  entry: string,
): { readonly count: number; readonly at: (index: number) => number } | string {
  const gap = GAP.exec(entry);
  if (gap) return counted(gap[1], () => Number.NaN);
  const value = VALUE.exec(entry);
  if (value) return finite([value[1]], value[2], ([number = 0]) => number);
  const line = LINE.exec(entry);
  if (line) {
    const count = Number(line[3]);
    if (count < 2) return "needs two points at least, one for each end";
    return finite([line[1], line[2]], line[3], ([from = 0, to = 0], i) =>
      i === count - 1 ? to : from + ((to - from) * i) / (count - 1),
    );
  }
  const steps = STEPS.exec(entry);
  if (steps) {
    const sign = steps[2] === "-" ? -1 : 1;
    return finite([steps[1], steps[3]], steps[4], ([from = 0, by = 0], i) => from + sign * by * i);
  }
  return `is no entry of a series; entries are 5, 5x10, _, _x3, 0..100x20 and 0+5x12, with spaces between`;
}

function finite(
  texts: readonly (string | undefined)[],
  count: string | undefined,
  at: (numbers: readonly number[], index: number) => number,
) {
  const numbers = texts.map(Number);
  if (!numbers.every(Number.isFinite)) return "is no finite number; CloudWatch stores none other";
  return counted(count, (index) => at(numbers, index));
}

function counted(count: string | undefined, at: (index: number) => number) {
  const times = count === undefined ? 1 : Number(count);
  return times === 0 ? "repeats nothing; leave it out" : { count: times, at };
}
