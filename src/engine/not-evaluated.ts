import type { Diagnostic } from "../support/diagnostic.ts";
import type { EvaluableAlarm, MetricAlarm } from "./alarm.ts";
import type { AlarmState } from "./alarm-state.ts";
import type { ResolvedOptions } from "./options.ts";
import { isAlarmProblem, readAlarm } from "./read-alarm.ts";
import { type AlarmPlan, isPlanProblem, planAlarm, UNSUPPORTED_FUNCTION } from "./values-in-windows.ts";
import { wallClockProblem } from "./windows.ts";

/** An alarm that could not be evaluated: never a guess. The state stays. */
export interface NotEvaluated {
  /** `unsupported`: CloudWatch can do this, the engine can't. `invalid`: the alarm or its points are wrong. */
  readonly status: "unsupported" | "invalid";
  readonly state: AlarmState;
  readonly changed: false;
  readonly code: string;
  readonly reason: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** An alarm, checked, with what it reads and computes. */
export interface OpenedAlarm {
  readonly status: "open";
  readonly alarm: EvaluableAlarm;
  readonly plan: AlarmPlan;
}

/** Checks an alarm once for any number of evaluations. */
export function openAlarm(
  given: MetricAlarm,
  state: AlarmState,
  options: ResolvedOptions,
): OpenedAlarm | NotEvaluated {
  const alarm = readAlarm(given, options);
  if (isAlarmProblem(alarm)) return refused(alarm.kind, state, alarm.code, alarm.message, []);
  const plan = planAlarm(alarm);
  if (isPlanProblem(plan)) return refusedBy(plan, state, alarm, []);
  if (alarm.window.kind === "wallClock") {
    const problem = wallClockProblem(alarm.window.timeZone, alarm.period);
    if (problem !== undefined)
      return refused("invalid", state, "wall-clock", `${alarm.name}: ${problem}`, []);
  }
  return { status: "open", alarm, plan };
}

/** The answer for an alarm whose points or expressions have problems. */
export function refusedBy(
  problems: readonly Diagnostic[],
  state: AlarmState,
  alarm: EvaluableAlarm,
  diagnostics: readonly Diagnostic[],
): NotEvaluated {
  const [first] = problems;
  const unsupported = first?.code === UNSUPPORTED_FUNCTION || first?.code === "no-band";
  return refused(
    unsupported ? "unsupported" : "invalid",
    state,
    first?.code ?? "invalid",
    `${alarm.name}: ${first?.message ?? "can't be evaluated"}`,
    [...diagnostics, ...problems],
  );
}

function refused(
  status: "unsupported" | "invalid",
  state: AlarmState,
  code: string,
  reason: string,
  diagnostics: readonly Diagnostic[],
): NotEvaluated {
  return { status, state, changed: false, code, reason, diagnostics };
}
