/** The middle value; the mean of the middle two of an even number; NaN of none. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** Makes the median absolute deviation of normal noise its standard deviation. */
const MAD_SCALE = 1.4826;
/** Makes the mean absolute deviation of normal noise its standard deviation. */
const MEAN_SCALE = 1.2533;

/**
 * A standard deviation that outliers don't stretch: from the median absolute deviation, or from the mean one where more than half
 * of the values are the same.
 */
export function robustDeviation(values: ArrayLike<number>): number {
  const middle = median(values);
  const distances = Float64Array.from(values, (value) => Math.abs(value - middle));
  const typical = median(distances) * MAD_SCALE;
  if (typical > 0 || distances.length === 0) return typical;
  return (distances.reduce((sum, distance) => sum + distance, 0) / distances.length) * MEAN_SCALE;
}

/** A line that outliers don't tilt (Theil-Sen): the median of all slopes between two points. `y = level + slope * x`. */
export function robustLine(
  x: readonly number[],
  y: readonly number[],
): { readonly level: number; readonly slope: number } {
  const slopes: number[] = [];
  for (let i = 0; i < x.length; i += 1)
    for (let k = i + 1; k < x.length; k += 1)
      if (x[k] !== x[i])
        slopes.push(((y[k] as number) - (y[i] as number)) / ((x[k] as number) - (x[i] as number)));
  const slope = slopes.length > 0 ? median(slopes) : 0;
  return { level: median(y.map((value, i) => value - slope * (x[i] as number))), slope };
}
