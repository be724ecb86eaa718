// Charts: draws time series as PNG pictures, with nothing but arithmetic and zlib. The same chart is the same picture, pixel by pixel.
// This file: the surface that is drawn on.
import { type Box, Coverage, type Point } from "./coverage.ts";

/** Red, green and blue, 0 to 255. */
export type Color = readonly [red: number, green: number, blue: number];

/** How a stroke looks. */
export interface Stroke {
  readonly color: Color;
  /** Pixels. */
  readonly width: number;
  /** 0 to 1; opaque when not given. */
  readonly opacity?: number;
  /** Nothing is drawn outside. */
  readonly clip?: Box;
  /** Lengths of what is drawn and left out, in pixels; for straight lines. */
  readonly dash?: readonly [on: number, off: number];
}

/** Opaque pixels in RGB, three bytes each, row by row. Coordinates: (0, 0) is the upper left corner of the first pixel. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
  readonly #coverage: Coverage;

  constructor(width: number, height: number, background: Color) {
    this.width = width;
    this.height = height;
    this.pixels = new Uint8Array(Buffer.alloc(width * height * 3, Uint8Array.from(background)));
    this.#coverage = new Coverage(width, height);
  }

  get whole(): Box {
    return { left: 0, top: 0, right: this.width, bottom: this.height };
  }

  /** Fills a box; its edges are rounded to pixels. */
  fill(box: Box, color: Color, opacity = 1): void {
    const left = Math.max(0, Math.round(box.left));
    const right = Math.min(this.width, Math.round(box.right));
    const bottom = Math.min(this.height, Math.round(box.bottom));
    for (let y = Math.max(0, Math.round(box.top)); y < bottom; y += 1)
      for (let x = left; x < right; x += 1) this.#blend(y * this.width + x, color, opacity);
  }

  /** Fills column by column what lies between two heights; `edges` are asked for the middle of each column. */
  fillColumns(
    clip: Box,
    color: Color,
    opacity: number,
    edges: (x: number) => readonly [top: number, bottom: number] | undefined,
  ): void {
    for (let x = Math.max(0, clip.left); x < Math.min(this.width, clip.right); x += 1) {
      const found = edges(x + 0.5);
      if (!found) continue;
      const top = Math.max(clip.top, found[0]);
      const bottom = Math.min(clip.bottom, found[1]);
      for (let y = Math.floor(top); y < bottom; y += 1) {
        const part = Math.min(y + 1, bottom) - Math.max(y, top);
        this.#blend(y * this.width + x, color, opacity * part);
      }
    }
  }

  /** Strokes lines of any number of points, all as one: where they cross nothing is drawn twice. A single point gives a dot. */
  stroke(lines: readonly (readonly Point[])[], { color, width, opacity = 1, clip, dash }: Stroke): void {
    const coverage = this.#coverage;
    coverage.clip = clip ?? this.whole;
    for (const line of dash ? lines.flatMap((line) => dashed(line, dash)) : lines)
      coverage.stroke(line, width / 2);
    coverage.drain((pixel, part) => this.#blend(pixel, color, opacity * part));
  }

  #blend(pixel: number, color: Color, opacity: number): void {
    const { pixels } = this;
    const i = pixel * 3;
    const [red, green, blue] = [pixels[i] as number, pixels[i + 1] as number, pixels[i + 2] as number];
    pixels[i] = Math.round(red + (color[0] - red) * opacity);
    pixels[i + 1] = Math.round(green + (color[1] - green) * opacity);
    pixels[i + 2] = Math.round(blue + (color[2] - blue) * opacity);
  }
}

/** A straight line as the pieces of it that are drawn. */
function dashed(
  [from, to]: readonly Point[],
  [on, off]: readonly [on: number, off: number],
): readonly (readonly Point[])[] {
  if (!from || !to) return [];
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const at = (along: number): Point => {
    const part = Math.min(1, along / length);
    return [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
  };
  const pieces: (readonly Point[])[] = [];
  for (let along = 0; along < length; along += on + off) pieces.push([at(along), at(along + on)]);
  return pieces;
}
