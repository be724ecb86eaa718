import { AwsError } from "../aws-error.ts";
import { parseBase64, parseBoolean, parseNumber, parseTimestamp } from "./scalars.ts";
import type { ScalarKind } from "./shape.ts";

/** A scalar of a text protocol (query, XML, headers, labels). `where` names it in the error. */
export function scalarFromText(kind: ScalarKind, text: string, where: string): unknown {
  const value = parse(kind, text);
  if (value === undefined) {
    throw new AwsError(
      "InvalidParameterValue",
      `Invalid value '${text.slice(0, 256)}' for parameter ${where}`,
      400,
    );
  }
  return value;
}

function parse(kind: ScalarKind, text: string): unknown {
  switch (kind) {
    case "string":
      return text;
    case "number":
      return parseNumber(text.trim());
    case "boolean":
      return parseBoolean(text.trim());
    case "timestamp":
      return parseTimestamp(text);
    case "blob":
      return parseBase64(text.trim());
  }
}
