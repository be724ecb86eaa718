import type { AlarmResult } from "./backtest-result.ts";
import type { AlarmChart } from "./chart.ts";

/** Hears of every alarm as it is done. */
export interface BacktestObserver {
  /** In the order they come in; awaited, so that charts can be written as they come. `chart` where it was asked for. */
  done(result: AlarmResult, chart: AlarmChart | undefined): Promise<void>;
}
