import { validationError } from "./errors.ts";

/**
 * Collects violations of a request's shape (lengths, ranges, sets) and reports them together, in CloudWatch's form:
 * `2 validation errors detected: Value '' at 'alarmName' failed to satisfy constraint: ...; Value ...`.
 * Absent optional members violate nothing.
 */
export class Constraints {
  readonly #violations: string[] = [];

  required(path: string, value: unknown): this {
    if (value === undefined || value === null) this.#add(path, value, "Member must not be null");
    return this;
  }

  /** Length of a text in characters, or of a list in members. */
  length(path: string, value: string | readonly unknown[] | undefined, min: number, max: number): this {
    if (value === undefined || value === null) return this;
    const length = typeof value === "string" ? [...value].length : value.length;
    if (length < min) this.#add(path, value, `Member must have length greater than or equal to ${min}`);
    if (length > max) this.#add(path, value, `Member must have length less than or equal to ${max}`);
    return this;
  }

  range(path: string, value: number | undefined, min: number, max = Number.POSITIVE_INFINITY): this {
    if (value === undefined || value === null) return this;
    if (!(value >= min)) this.#add(path, value, `Member must have value greater than or equal to ${min}`);
    else if (value > max) this.#add(path, value, `Member must have value less than or equal to ${max}`);
    return this;
  }

  oneOf(path: string, value: string | undefined, set: readonly string[]): this {
    if (value !== undefined && value !== null && !set.includes(value))
      this.#add(path, value, `Member must satisfy enum value set: [${set.join(", ")}]`);
    return this;
  }

  pattern(path: string, value: string | undefined, pattern: RegExp): this {
    if (value !== undefined && value !== null && !pattern.test(value))
      this.#add(path, value, `Member must satisfy regular expression pattern: ${pattern.source}`);
    return this;
  }

  /** Throws when anything was violated. */
  check(): void {
    const count = this.#violations.length;
    if (count === 0) return;
    const noun = count === 1 ? "validation error" : "validation errors";
    throw validationError(`${count} ${noun} detected: ${this.#violations.join("; ")}`);
  }

  #add(path: string, value: unknown, constraint: string): void {
    this.#violations.push(`Value ${shown(value)} at '${path}' failed to satisfy constraint: ${constraint}`);
  }
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return "null";
  if (Array.isArray(value))
    return `'[${value.map((item) => (typeof item === "object" ? JSON.stringify(item) : String(item))).join(", ")}]'`;
  return `'${String(value)}'`;
}
