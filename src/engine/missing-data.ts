import type { MissingTreatment } from "./alarm.ts";

/** What judging a window leads to: a position in `ALARM_STATES`, or `KEEP`: the state stays whatever it was. Numbers, since millions are made a second. */
export const VERDICT = { OK: 0, ALARM: 1, INSUFFICIENT_DATA: 2, KEEP: 3 } as const;

export type Verdict = (typeof VERDICT)[keyof typeof VERDICT];

/** How an alarm judges its points. */
export interface JudgingRule {
  /** N. */
  readonly evaluationPeriods: number;
  /** M. */
  readonly datapointsToAlarm: number;
  readonly treatMissingData: MissingTreatment;
  /**
   * Only breaching points, all younger than M, the rest missing, and `missing` treatment (`- - - - X` for 3 of 3): CloudWatch
   * says that this is not ALARM, but not what it is. Default `keep`.
   */
  readonly youngBreaching: "keep" | "insufficientData";
}

/**
 * Judges one evaluation range.
 * @param real how many points of the range exist, counting no further than N
 * @param breaching how many of these, the newest N at most, breach
 * @param oldestAge age in periods of the oldest of these (newest slot = 1); only read when fewer than N exist
 *
 * The rules of the user guide ("Configuring how CloudWatch alarms treat missing data"): with N real points in the range only
 * these count. With fewer, the treatment fills up to N. `missing` and `ignore` fill nothing; without fills an alarm goes off when
 * M points breach, or (premature rule) when the oldest point is at least M old and every point of the range breaches or is missing.
 */
export function judge(rule: JudgingRule, real: number, breaching: number, oldestAge: number): Verdict {
  const { evaluationPeriods, datapointsToAlarm, treatMissingData } = rule;
  if (breaching >= datapointsToAlarm) return VERDICT.ALARM;
  if (real >= evaluationPeriods) return VERDICT.OK;
  switch (treatMissingData) {
    case "breaching":
      return breaching + evaluationPeriods - real >= datapointsToAlarm ? VERDICT.ALARM : VERDICT.OK;
    case "notBreaching":
      return VERDICT.OK;
    case "missing":
      if (real === 0) return VERDICT.INSUFFICIENT_DATA;
      if (breaching < real) return VERDICT.OK;
      if (oldestAge >= datapointsToAlarm) return VERDICT.ALARM;
      return rule.youngBreaching === "keep" ? VERDICT.KEEP : VERDICT.INSUFFICIENT_DATA;
    case "ignore":
      return real > 0 && breaching < real ? VERDICT.OK : VERDICT.KEEP;
  }
}

/**
 * The verdict if only the newest points of a range are known, and none, some or all of the older ones might exist and breach;
 * undefined when it depends on them. `real` and `breaching` are of the known ones.
 */
export function certainVerdict(rule: JudgingRule, real: number, breaching: number): Verdict | undefined {
  if (breaching >= rule.datapointsToAlarm) return VERDICT.ALARM;
  // Fewer than M can breach only if one that doesn't is known: it forbids both the premature alarm and a lack of data.
  const most = breaching + Math.max(0, rule.evaluationPeriods - real);
  return most < rule.datapointsToAlarm ? VERDICT.OK : undefined;
}
