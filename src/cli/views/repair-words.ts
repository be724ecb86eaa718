import type { RemediationRun } from "../../model/remediation-run.ts";

/** How a run stands, in a word or two. */
export function standingOf(run: RemediationRun): string {
  return run.verdict === undefined ? "under way" : run.verdict.replaceAll("-", " ");
}

/** `2026-11-20 10:04Z` */
export function timeOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")}Z`;
}
