import { AwsError } from "../../../aws-error.ts";
import { validationError } from "../errors.ts";

/** Refuses a widget for what it says; the wording is ours. */
export function widgetError(message: string): AwsError {
  return validationError(`The parameter MetricWidget is not valid: ${message}`);
}

/** What CloudWatch draws and the local cloud doesn't. */
export function notDrawn(what: string): AwsError {
  return new AwsError(
    "NotImplemented",
    `${what} of a metric widget is not implemented by the local cloud.`,
    501,
  );
}

/** An object of a widget, read member by member; each is checked as it is read. */
export class WidgetFields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #path: string;

  /** `known`: every member that is understood; others are `NotImplemented`, so that nothing is left out silently. */
  constructor(value: unknown, path: string, known: readonly string[]) {
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw widgetError(`${path === "" ? "it" : path} must be an object`);
    this.#fields = value as Readonly<Record<string, unknown>>;
    this.#path = path;
    const other = Object.keys(value).find((key) => !known.includes(key));
    if (other !== undefined) throw notDrawn(`The member ${this.#name(other)}`);
  }

  text(key: string): string | undefined {
    const value = this.#fields[key];
    if (value === undefined || typeof value === "string") return value;
    throw widgetError(`${this.#name(key)} must be a string, not ${JSON.stringify(value)}`);
  }

  flag(key: string): boolean | undefined {
    const value = this.#fields[key];
    if (value === undefined || typeof value === "boolean") return value;
    throw widgetError(`${this.#name(key)} must be true or false, not ${JSON.stringify(value)}`);
  }

  number(key: string): number | undefined {
    const value = this.#fields[key];
    if (value === undefined || (typeof value === "number" && Number.isFinite(value))) return value;
    throw widgetError(`${this.#name(key)} must be a number, not ${JSON.stringify(value)}`);
  }

  /** A whole number between two, both included. */
  integer(key: string, least: number, most: number): number | undefined {
    const value = this.number(key);
    if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return value;
    throw widgetError(`${this.#name(key)} must be a whole number from ${least} to ${most}, not ${value}`);
  }

  oneOf<const Word extends string>(key: string, words: readonly Word[]): Word | undefined {
    const value = this.text(key);
    const found = words.find((word) => word === value);
    if (value === undefined || found !== undefined) return found;
    throw widgetError(`${this.#name(key)} must be one of ${words.join(", ")}, not ${value}`);
  }

  /** `#d13212`. */
  color(key: string): string | undefined {
    const value = this.text(key);
    if (value === undefined || /^#[0-9a-f]{6}$/i.test(value)) return value;
    throw widgetError(`${this.#name(key)} must be a colour like #d13212, not ${value}`);
  }

  list(key: string): readonly unknown[] {
    const value = this.#fields[key] ?? [];
    if (Array.isArray(value)) return value;
    throw widgetError(`${this.#name(key)} must be an array`);
  }

  object(key: string, known: readonly string[]): WidgetFields {
    return new WidgetFields(this.#fields[key] ?? {}, this.#name(key), known);
  }

  #name(key: string): string {
    return this.#path === "" ? key : `${this.#path}.${key}`;
  }
}
