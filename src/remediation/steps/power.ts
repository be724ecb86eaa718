import type { RunReason } from "../../model/remediation-run.ts";
import { isWell, lookAtStatus, statusText } from "../look-at-instance.ts";
import type { Memo, StepInput, StepTurn } from "../step-kind.ts";

/** What steps that stop and start remember. */
export interface PowerMemo {
  /** Null: it was refused, and is to be asked for anew. */
  readonly effect?: "stop" | "start" | null;
  /** When the instance was last started before this step, by EC2's clock: another time means that it has been stopped and started since. */
  readonly launchedAt?: number;
  readonly refused?: RunReason;
  readonly did?: boolean;
}

/** Seconds between looks, and before EC2 is asked again for what it refused: capacity comes back. */
const LOOK = 5;
const AGAIN = 15;

/**
 * Brings a stopped instance up and waits until its status checks pass. EC2's states say all: what was asked for may be asked for
 * again as long as they don't show it, since starting what starts changes nothing.
 */
export async function powerOn(input: StepInput, memo: PowerMemo, done: string): Promise<StepTurn> {
  const { instance, record, run, limits, ports } = input;
  const over = record.spent >= limits.timeoutSeconds * 1000;
  const launchedAt = memo.launchedAt ?? instance.launchedAt ?? 0;
  const keep: Memo = { launchedAt };
  const did = memo.effect !== undefined;
  switch (instance.state) {
    case "stopped":
      if (over && memo.effect !== undefined)
        return ended("failed", "not-started", `it is stopped and doesn't start: ${refusal(memo)}`, keep);
      if (memo.effect === "start" && record.phase === "begun" && memo.refused)
        return { turn: "wait", seconds: AGAIN, memo: { ...keep, effect: null } };
      if (memo.effect === "start" && record.phase === "acted")
        return { turn: "wait", seconds: LOOK, memo: keep };
      return { turn: "intend", memo: { ...keep, effect: "start" } };
    case "running": {
      const status = await lookAtStatus(ports.session, run.instance.id);
      if (isWell(status)) return ended("ok", done, "its status checks pass", { ...keep, did });
      if (over) return ended("failed", "status-checks", `it was ${done}, but its status checks don't pass: ${statusText(status)}`, { ...keep, did }); // biome-ignore format: one sentence
      return { turn: "wait", seconds: AGAIN, memo: keep };
    }
    default:
      if (over)
        return ended("unknown", "between-states", `it is still ${instance.state} after ${limits.timeoutSeconds} s`, keep); // biome-ignore format: one sentence
      return { turn: "wait", seconds: LOOK, memo: keep };
  }
}

/** The end of a try. */
export function ended(status: "ok" | "failed" | "unknown", code: string, text: string, memo: Memo): StepTurn {
  return { turn: "end", outcome: { status, reason: { code, text } }, memo };
}

function refusal({ refused }: PowerMemo): string {
  return refused?.text ?? "EC2 has taken the request and nothing happens";
}
