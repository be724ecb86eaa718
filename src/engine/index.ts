// The public face of the engine: `import { evaluateAlarm } from "watchkeeper/engine"`. Explicit exports only.
// Everywhere: moments are epoch seconds, periods and durations seconds.
export type { AlarmMetric, MetricAlarm, MissingTreatment } from "./alarm.ts";
export { ALARM_STATES, type AlarmState } from "./alarm-state.ts";
export { seasonalBand } from "./anomaly-band.ts";
export type { AnomalyConfiguration, AnomalyModel, TrainedBand, TrainingSeries } from "./anomaly-model.ts";
export {
  type Backtest,
  type BacktestRequest,
  type BacktestVerdict,
  backtest,
  type Extent,
} from "./backtest.ts";
export { type LabelScore, scoreLabels, type TimeSpan } from "./backtest-labels.ts";
export {
  type ActionsSuppressedBy,
  type CompositeActions,
  type CompositeEvent,
  type CompositeStep,
  compositeCreatedReason,
  compositeReason,
  compositeReasonData,
  initialCompositeActions,
  type SuppressionPeriods,
  stepCompositeActions,
  suppressionReason,
} from "./composite-alarm.ts";
export {
  COMPOSITE_LIMITS,
  compositeRuleProblems,
  findCompositeCycles,
  orderComposites,
} from "./composite-graph.ts";
export {
  type AtLeastRule,
  alarmNameOf,
  type CompositeRule,
  evaluateCompositeRule,
  formatCompositeRule,
  mapReferences,
  parseCompositeRule,
  referencedAlarms,
} from "./composite-rule.ts";
export {
  type AlarmDatapoints,
  type AlarmEvaluation,
  type EvaluateAlarmRequest,
  evaluateAlarm,
} from "./evaluate-alarm.ts";
export type { RangeSurplus } from "./evaluation-range.ts";
export type { Fidelity } from "./fidelity.ts";
export type { EvaluatedDatapoint } from "./judgement.ts";
export { mathAlarmProblems } from "./math-alarm.ts";
export {
  evaluateQueries,
  type MetricQuery,
  type MetricQueryRequest,
  type MetricQueryResult,
  type ResultSeries,
} from "./math-query.ts";
export type { NotEvaluated } from "./not-evaluated.ts";
export type { EngineOptions } from "./options.ts";
export { PointGrid } from "./point-grid.ts";
export { INITIAL_REASON } from "./reason.ts";
export type { MetricSeries } from "./series.ts";
export { SourceError } from "./source-error.ts";
export { hasTooFewSamples, needsRawValues, parseStatistic, type Statistic } from "./statistic-name.ts";
export { mergeStatisticSets, type Samples, type StatisticSet, statistic, summarize } from "./statistics.ts";
export { finestStoredPeriod, RETENTION, retentionProblem, rollUp, roundStartTime } from "./storage.ts";
export { type AlarmTimeline, startTimeline, type TimelineRequest, type Transition } from "./timeline.ts";
export type { TimelineChunk } from "./timeline-grid.ts";
