/** A stretch of time, epoch seconds; `end` is exclusive. */
export interface TimeSpan {
  readonly start: number;
  readonly end: number;
}

/** How well an alarm finds known incidents. */
export interface LabelScore {
  /** Share of the times in ALARM that overlap an incident; undefined when it never fired. */
  readonly precision: number | undefined;
  /** Share of the incidents in which it was in ALARM; undefined without incidents. */
  readonly recall: number | undefined;
  /** Seconds from an incident's start to ALARM, of those found: the middle one and the longest. 0 when it was in ALARM already. */
  readonly delay: { readonly median: number; readonly longest: number } | undefined;
  /** Incidents it missed. */
  readonly missed: readonly TimeSpan[];
  /** Times in ALARM outside every incident. */
  readonly falseAlarms: readonly TimeSpan[];
}

/** Compares times in ALARM with labelled incidents. Both in order of their starts. */
export function scoreLabels(alarms: readonly TimeSpan[], incidents: readonly TimeSpan[]): LabelScore {
  const overlaps = (a: TimeSpan, b: TimeSpan): boolean => a.start < b.end && b.start < a.end;
  const missed: TimeSpan[] = [];
  const delays: number[] = [];
  for (const incident of incidents) {
    const first = alarms.find((alarm) => overlaps(alarm, incident));
    if (first) delays.push(Math.max(0, first.start - incident.start));
    else missed.push(incident);
  }
  const falseAlarms = alarms.filter((alarm) => !incidents.some((incident) => overlaps(alarm, incident)));
  delays.sort((a, b) => a - b);
  const middle = delays.length >> 1;
  return {
    precision: alarms.length === 0 ? undefined : 1 - falseAlarms.length / alarms.length,
    recall: incidents.length === 0 ? undefined : delays.length / incidents.length,
    delay:
      delays.length === 0
        ? undefined
        : {
            median:
              delays.length % 2 === 1
                ? (delays[middle] as number)
                : ((delays[middle - 1] as number) + (delays[middle] as number)) / 2,
            longest: delays.at(-1) as number,
          },
    missed,
    falseAlarms,
  };
}
