import type { z } from "zod";
import type { SourcePosition } from "../model/alarm-policy.ts";
import type { Reporter } from "./schema-issues.ts";
import type { Path } from "./yaml-source.ts";

/**
 * What the checks behind the schema work with. The whole file has met its schema once, which reported what is wrong with its
 * form; `pick` then takes those parts that are sound, so that one mistake doesn't hide the others.
 */
export interface Reading extends Reporter {
  /** What was written at a path, whatever it is. */
  raw(path: Path): unknown;
  /** The value at a path when it is there and its form is right. */
  pick<Schema extends z.ZodType>(schema: Schema, path: Path): z.infer<Schema> | undefined;
  /** Keys of the mapping at a path, also of members whose form is wrong. */
  keys(path: Path): readonly string[];
  /** Length of the list at a path; 0 when there is none. */
  length(path: Path): number;
  /** A scalar as it was written. */
  text(path: Path): string;
  /** The texts at a path where one or several may stand. */
  texts(path: Path): readonly string[];
  position(path: Path): SourcePosition;
}

/** A reading of the reporter's file. */
export function readingOf(reporter: Reporter): Reading {
  const { source } = reporter;
  const raw = source.at;
  const text = (path: Path): string => source.text(path) ?? String(raw(path));
  return {
    ...reporter,
    raw,
    pick(schema, path) {
      const value = raw(path);
      return value === undefined ? undefined : schema.safeParse(value).data;
    },
    keys(path) {
      const value = raw(path);
      return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
    },
    length(path) {
      const value = raw(path);
      return Array.isArray(value) ? value.length : 0;
    },
    text,
    texts(path) {
      const value = raw(path);
      if (value === undefined) return [];
      return Array.isArray(value) ? value.map((_, index) => text([...path, index])) : [text(path)];
    },
    position: (path) => source.position(path, "key"),
  };
}

/** An object without its undefined members. */
export function compact<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> };
}
