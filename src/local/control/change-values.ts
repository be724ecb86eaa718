/** One of a few words. Throws RangeError naming what it must be. */
export function choice(key: string, value: unknown, choices: readonly string[]): string {
  if (typeof value !== "string" || !choices.includes(value))
    throw wrong(key, value, `one of ${choices.join(", ")}`);
  return value;
}

/** True or false. Throws RangeError. */
export function flag(key: string, value: unknown): boolean {
  if (typeof value !== "boolean") throw wrong(key, value, "true or false");
  return value;
}

/** The error for a value that can't be. */
export function wrong(key: string, value: unknown, wanted: string): RangeError {
  return new RangeError(`${key} must be ${wanted}, not ${JSON.stringify(value)}`);
}
