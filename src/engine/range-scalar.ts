/** A scalar of several ranges at once: a number of its own for every range, which stands in all the range's periods. */
export class RangeScalar {
  readonly points: Float64Array;

  constructor(points: Float64Array) {
    this.points = points;
  }
}

/** A value of type S: one number, or one a range. */
export type Scalar = number | RangeScalar;

/** Whether a value is of type S. */
export function isScalar(value: unknown): value is Scalar {
  return typeof value === "number" || value instanceof RangeScalar;
}

/** What a scalar or series has in each period: the number that is the same in all, or one number each. */
export function pointsOf(value: Scalar | Float64Array): number | Float64Array {
  return value instanceof RangeScalar ? value.points : value;
}
