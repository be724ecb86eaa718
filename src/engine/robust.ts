/** The middle value; the mean of the middle two of an even number; NaN of none. */
export function median(values: ArrayLike<number>): number {
  const { length } = values;
  if (length === 0) return Number.NaN;
  const copy = Float64Array.from(values);
  const middle = length >> 1;
  const upper = select(copy, middle);
  if (length % 2 === 1) return upper;
  let lower = Number.NEGATIVE_INFINITY;
  // Selecting left everything smaller in front.
  for (let i = 0; i < middle; i += 1) lower = Math.max(lower, copy[i] as number);
  return (lower + upper) / 2;
}

/** The value of a rank, counting from 0 (Hoare's quickselect); reorders the values around it. */
function select(values: Float64Array, rank: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1] as number;
    let left = low;
    let right = high;
    while (left <= right) {
      while ((values[left] as number) < pivot) left += 1;
      while ((values[right] as number) > pivot) right -= 1;
      if (left > right) break;
      const swapped = values[left] as number;
      values[left] = values[right] as number;
      values[right] = swapped;
      left += 1;
      right -= 1;
    }
    if (rank <= right) high = right;
    else if (rank >= left) low = left;
    else break;
  }
  return values[rank] as number;
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
