/** Which of the two value axes something is measured on. */
export type Side = "left" | "right";

/** Values over time: epoch seconds, ascending. Where more than `period` seconds lie between two, data are missing. */
export interface ChartLine {
  readonly label: string;
  /** `#1f77b4`; one of the palette when not given. */
  readonly color?: string | undefined;
  readonly side: Side;
  readonly period: number;
  readonly times: readonly number[];
  readonly values: readonly number[];
}

/** What lies between two values at each time: expected values. */
export interface ChartBand extends Omit<ChartLine, "values"> {
  readonly lower: readonly number[];
  readonly upper: readonly number[];
}

/** A value that is marked by a line across, or a range of values. */
export interface ValueMark {
  readonly value: number;
  readonly label?: string | undefined;
  /** The other end of a range. */
  readonly to?: { readonly value: number; readonly label?: string | undefined };
  readonly fill?: "above" | "below" | undefined;
  readonly color?: string | undefined;
  readonly side: Side;
}

/** A time that is marked by a line upwards, or a range of times; epoch seconds. */
export interface TimeMark {
  readonly time: number;
  readonly label?: string | undefined;
  readonly to?: { readonly time: number; readonly label?: string | undefined };
  readonly fill?: "before" | "after" | undefined;
  readonly color?: string | undefined;
}

/** A value axis; ends that aren't given follow from what is drawn. */
export interface ValueAxis {
  readonly label?: string | undefined;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** A time series chart. */
export interface Chart {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly title?: string | undefined;
  readonly theme: "light" | "dark";
  readonly legend: boolean;
  /** Epoch seconds. */
  readonly start: number;
  readonly end: number;
  /** What times are shown in: minutes east of UTC. */
  readonly offset: number;
  readonly axes: Readonly<Record<Side, ValueAxis>>;
  readonly lines: readonly ChartLine[];
  readonly bands: readonly ChartBand[];
  readonly valueMarks: readonly ValueMark[];
  readonly timeMarks: readonly TimeMark[];
}
