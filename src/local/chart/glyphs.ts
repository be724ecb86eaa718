/**
 * The shapes of letters, as strokes of a pen: width, then strokes, each a row of points of two digits in base 36, x and y. Capitals
 * stand from y = 0 down to the base line at 12, small letters begin at 4, tails end at 16. `~` begins a curve that is drawn
 * through the middles between its points, `@` one that is closed.
 */
const SHAPES: Readonly<Record<string, string>> = {
  A: "8 0c408c 1979",
  B: "7 0c00 ~00606606 ~06767c0c",
  C: "8 ~8370000c7c89",
  D: "8 0c00 ~00808c0c",
  E: "6 60000c6c 0656",
  F: "6 60000c 0656",
  G: "8 ~8370000c8c87 8747",
  H: "7 000c 707c 0676",
  I: "0 000c",
  J: "5 5058 ~585c0c09",
  K: "7 000c 7007 347c",
  L: "6 000c6c",
  M: "8 0c0048808c",
  N: "7 0c007c70",
  O: "8 @00808c0c",
  P: "7 0c00 ~00707707",
  Q: "8 @00808c0c 598d",
  R: "7 0c00 ~00707707 377c",
  S: "7 ~73700006767c0c09",
  T: "8 0080 404c",
  U: "7 0008 ~080c7c78 7870",
  V: "8 004c80",
  W: "a 003c527ca0",
  X: "7 007c 700c",
  Y: "8 004680 464c",
  Z: "7 00700c7c",
  a: "6 @04646c0c 646c",
  b: "6 000c @04646c0c",
  c: "6 ~6654040c5c6a",
  d: "6 606c @04646c0c",
  e: "6 0868 ~6864040c5c6a",
  f: "4 ~401013 131c 0444",
  g: "6 @04646c0c 646d ~6d6g0g0f",
  h: "6 000c ~08046468 686c",
  i: "0 040c 0001",
  j: "3 343e ~3e3g0g 3031",
  k: "6 000c 640a 286c",
  l: "0 000c",
  m: "a 040c ~08045458 585c ~5854a4a8 a8ac",
  n: "6 040c ~08046468 686c",
  o: "6 @04646c0c",
  p: "6 040g @04646c0c",
  q: "6 646g @04646c0c",
  r: "4 040c ~080444",
  s: "5 ~56540408585c0c0a",
  t: "4 1119 ~191c4c 0444",
  u: "6 0408 ~080c6c68 646c",
  v: "6 043c64",
  w: "8 042c456c84",
  x: "6 046c 640c",
  y: "6 043c 641g",
  z: "5 04540c5c",
  "0": "6 @00606c0c",
  "1": "6 13404c",
  "2": "6 ~030060660c 0c6c",
  "3": "6 ~0200606626 ~26666c0c0a",
  "4": "6 4c400969",
  "5": "6 600005 ~05646c0c0a",
  "6": "6 @05656c0c ~500008",
  "7": "6 00602c",
  "8": "6 @00606606 @06666c0c",
  "9": "6 @00606707 ~1c6c64",
  " ": "2",
  ".": "0 0b0c",
  ",": "1 1b0e",
  ":": "0 0506 0b0c",
  ";": "1 1506 1b0e",
  "!": "0 0008 0b0c",
  "?": "5 ~020050552829 2b2c",
  "-": "4 0747",
  _: "7 0d7d",
  "+": "6 0868 353b",
  "=": "6 0666 0a6a",
  "/": "5 500d",
  "\\": "5 005d",
  "|": "0 000e",
  "(": "2 ~20040a2e",
  ")": "2 ~00242a0e",
  "[": "2 20000e2e",
  "]": "2 00202e0e",
  "{": "3 30101607181e3e",
  "}": "3 00202637282e0e",
  "<": "5 53075b",
  ">": "5 03570b",
  "\u2264": "5 52065a 0d5d",
  "\u2265": "5 02560a 0d5d",
  "%": "8 @00303505 @57878c5c 701c",
  "*": "4 2126 0245 4205",
  '"': "2 0003 2023",
  "'": "0 0003",
  "`": "1 0012",
  "^": "4 032043",
  "~": "6 ~08254966",
  "#": "7 312b 615b 0474 0878",
  $: "6 ~63610106666b0b09 303d",
  "&": "8 ~875c0c07555010148c",
  "@": "9 @00909c0c @35656939 6569",
  "\u00b7": "0 0708",
  "\u2013": "6 0767",
  "\u2014": "9 0797",
  "\u2026": "6 0b0c 3b3c 6b6c",
  "\u00b5": "6 040g 0408 ~080c6c68 646c",
  "\u00b0": "4 @00404404",
};

/** Anything that has no shape of its own. */
const UNKNOWN = "6 00606c0c00";

/** A letter: its width, and its strokes as lines of points, all in the units of the shapes. */
export interface Glyph {
  readonly width: number;
  readonly strokes: readonly (readonly (readonly [x: number, y: number])[])[];
}

/** Height of capitals in the units of the shapes. */
export const CAPITAL = 12;

const known = new Map<string, Glyph>();

/** The shape of a character; a box for those without. */
export function glyphOf(character: string): Glyph {
  const found = known.get(character);
  if (found) return found;
  const shape = Object.hasOwn(SHAPES, character) ? (SHAPES[character] as string) : UNKNOWN;
  const [width = "0", ...strokes] = shape.split(" ");
  const glyph = { width: Number.parseInt(width, 36), strokes: strokes.map(strokeOf) };
  known.set(character, glyph);
  return glyph;
}

type Place = readonly [x: number, y: number];

function strokeOf(text: string): readonly Place[] {
  const points = Array.from(
    text.replace(/^[~@]/, "").matchAll(/../g),
    ([pair]): Place => [Number.parseInt(pair[0] ?? "", 36), Number.parseInt(pair[1] ?? "", 36)],
  );
  if (text.startsWith("~")) return curve(points);
  return text.startsWith("@") ? ring(points) : points;
}

/** A smooth line: it begins and ends at its ends, and bends at the points between without reaching them (a quadratic B-spline). */
function curve(points: readonly Place[]): readonly Place[] {
  const last = points.length - 1;
  return points.slice(1, -1).flatMap((bend, i) => {
    const before = points[i] as Place;
    const after = points[i + 2] as Place;
    return bow(i === 0 ? before : middle(before, bend), bend, i + 2 === last ? after : middle(bend, after));
  });
}

function ring(points: readonly Place[]): readonly Place[] {
  const { length } = points;
  return points.flatMap((bend, i) => {
    const before = points[(i + length - 1) % length] as Place;
    const after = points[(i + 1) % length] as Place;
    return bow(middle(before, bend), bend, middle(bend, after));
  });
}

function middle(a: Place, b: Place): Place {
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}

const STEPS = 6;

/** A quadratic Bézier curve as a line of points. */
function bow(from: Place, bend: Place, to: Place): readonly Place[] {
  return Array.from({ length: STEPS + 1 }, (_, step): Place => {
    const t = step / STEPS;
    const along = (axis: 0 | 1): number =>
      (1 - t) ** 2 * from[axis] + 2 * t * (1 - t) * bend[axis] + t ** 2 * to[axis];
    return [along(0), along(1)];
  });
}
