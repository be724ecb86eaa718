// What values a metric takes: pure functions of time, so that months of history of thousands of things need no memory.

/**
 * The value at a time (epoch seconds), or undefined where nothing is published.
 * `seed` tells apart the things that share a generator: two servers of a group never draw the same line.
 */
export type Generator = (time: number, seed: number) => number | undefined;

/** One reading of recorded data: epoch seconds and value. */
export interface Reading {
  readonly time: number;
  readonly value: number;
}

const DAY = 86_400;

/** The same value for ever. */
export function steady(level: number): Generator {
  return () => level;
}

/** A day's rhythm between `low` and `high`, highest at `peak` (seconds after midnight UTC); `weekend` scales the swing on Saturdays and Sundays. */
export function daily(options: {
  readonly low: number;
  readonly high: number;
  readonly peak: number;
  readonly weekend: number;
}): Generator {
  const { low, high, peak, weekend } = options;
  return (time) => {
    const swing = (1 + Math.cos((2 * Math.PI * (time - peak)) / DAY)) / 2;
    return low + (high - low) * swing * (isWeekend(time) ? weekend : 1);
  };
}

/** From one value to another between two moments; flat before and after. */
export function ramp(options: {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly over: number;
}): Generator {
  const { from, to, start, over } = options;
  return (time) => from + (to - from) * Math.min(1, Math.max(0, (time - start) / over));
}

/** When something happens: from `at` for `length` seconds, once or again `every` so many seconds. */
export interface Window {
  readonly at: number;
  readonly length: number;
  readonly every?: number;
}

/** Adds `height` within the window, nothing outside. */
export function spike(window: Window, height: number): Generator {
  return (time) => (within(window, time) ? height : 0);
}

/** Publishes nothing within the window, 0 outside: to be summed with others. */
export function gap(window: Window): Generator {
  return (time) => (within(window, time) ? undefined : 0);
}

/**
 * Recorded data, in order of time: each reading holds until the next. With `loop` it starts over after its end and goes
 * on before its beginning, otherwise there is no data outside.
 */
export function recorded(readings: readonly Reading[], options: { readonly loop: boolean }): Generator {
  const times = Float64Array.from(readings, ({ time }) => time);
  const values = Float64Array.from(readings, ({ value }) => value);
  const first = times[0];
  const last = times[times.length - 1];
  if (first === undefined || last === undefined) return () => undefined;
  const step = times.length > 1 ? (last - first) / (times.length - 1) : 60;
  const length = last - first + step;
  return (time) => {
    const turns = options.loop ? Math.floor((time - first) / length) : 0;
    const local = time - turns * length;
    if (local < first || local >= first + length) return undefined;
    return values[lastAtOrBefore(times, local)];
  };
}

/** The sum of several; nothing is published where any of them publishes nothing. */
export function sum(parts: readonly Generator[]): Generator {
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  return (time, seed) => {
    let total = 0;
    for (const part of parts) {
      const value = part(time, seed);
      if (value === undefined) return undefined;
      total += value;
    }
    return total;
  };
}

/** Noise of at most `amplitude` up or down, small deviations more often than large ones; the same for the same time and seed. */
export function noisy(generator: Generator, amplitude: number): Generator {
  return (time, seed) => {
    const value = generator(time, seed);
    if (value === undefined) return undefined;
    const roll = mix(Math.floor(time), seed);
    return value + amplitude * (unit(roll) + unit(mix(roll, 1)) - 1);
  };
}

/** Moves the whole curve up or down by at most `share` of its value, another one for each seed. */
export function spread(generator: Generator, share: number): Generator {
  return (time, seed) => {
    const value = generator(time, seed);
    return value === undefined ? undefined : value * (1 + share * (2 * unit(mix(seed, 0x5bd1)) - 1));
  };
}

/** Busiest in the early afternoon, half as much at weekends, a little different everywhere: how machines that serve people look. */
export function rhythm(low: number, high: number): Generator {
  return spread(noisy(daily({ low, high, peak: 50_400, weekend: 0.5 }), (high - low) / 10), 0.2);
}

/** Keeps values between two bounds. */
export function clamped(generator: Generator, min: number, max: number): Generator {
  return (time, seed) => {
    const value = generator(time, seed);
    return value === undefined ? undefined : Math.min(max, Math.max(min, value));
  };
}

/** A number from a text, for `seed`: FNV-1a, 32 bits. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Two numbers stirred into one of 32 bits. */
export function mix(a: number, b: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x165667b1, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0;
}

function unit(value: number): number {
  return value / 4_294_967_296;
}

function within({ at, length, every }: Window, time: number): boolean {
  if (time < at) return false;
  return (every === undefined ? time - at : (time - at) % every) < length;
}

function isWeekend(time: number): boolean {
  const weekday = (Math.floor(time / DAY) + 4) % 7; // 1970-01-01 was a Thursday
  return weekday === 0 || weekday === 6;
}

function lastAtOrBefore(times: Float64Array, time: number): number {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((times[middle] as number) <= time) low = middle;
    else high = middle - 1;
  }
  return low;
}
