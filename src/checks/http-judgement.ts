import type { HttpCheck, StatusRange } from "../model/check.ts";
import type { CheckReason } from "./attempt.ts";
import { matchesPattern } from "./pattern.ts";

/** Statuses that are fine when nothing else is said. */
const FINE: readonly StatusRange[] = [{ from: 200, to: 399 }];

/** An answer as it is judged. */
export interface HttpAnswer {
  readonly status: number;
  /** Of the body; undefined when it ended before it was complete. */
  readonly text: string | undefined;
  /** Only its beginning was read. */
  readonly cut: boolean;
  /** As the header `content-encoding` says, where the body is packed. */
  readonly encoding?: string | undefined;
}

/** Whether an answer is what a check asks for. The status goes first: it says more than a body that lacks something. */
export function judgeAnswer(check: HttpCheck, answer: HttpAnswer): CheckReason {
  const statuses = check.statuses ?? FINE;
  if (!statuses.some((range) => isIn(answer.status, range)))
    return { code: "status", text: `status ${answer.status}, wanted ${statuses.map(rangeText).join(", ")}` };
  if (answer.text === undefined)
    return { code: "body-incomplete", text: "the connection was broken off in the middle of the body" };
  if (check.contains !== undefined && !answer.text.includes(check.contains))
    return { code: "body", text: `"${check.contains}" is not in ${where(answer)}` };
  if (check.matches !== undefined) {
    const found = matchesPattern(check.matches, answer.text);
    if (found === undefined)
      return { code: "bad-check", text: `/${check.matches}/ takes too long to look for: make it simpler` };
    if (!found) return { code: "body", text: `/${check.matches}/ doesn't match ${where(answer)}` };
  }
  return { code: "ok", text: `status ${answer.status}` };
}

function where({ cut, encoding }: HttpAnswer): string {
  if (encoding !== undefined) return `the body, which came as ${encoding} although nobody asked for that`;
  return cut ? "the part of the body that was read, its first MB" : "the body";
}

function isIn(status: number, range: StatusRange): boolean {
  return typeof range === "number" ? status === range : status >= range.from && status <= range.to;
}

function rangeText(range: StatusRange): string {
  return typeof range === "number" ? String(range) : `${range.from} to ${range.to}`;
}
