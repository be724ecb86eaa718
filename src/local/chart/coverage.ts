/** A place, in pixels from the upper left corner. */
export type Point = readonly [x: number, y: number];

/** Pixels from `left`, `top` up to `right`, `bottom`, which are outside. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** How much of each pixel is covered by strokes, 0 to 1: what makes edges smooth. */
export class Coverage {
  clip: Box;
  readonly #width: number;
  readonly #parts: Float32Array;
  #touched: Box = NOTHING;

  constructor(width: number, height: number) {
    this.#width = width;
    this.#parts = new Float32Array(width * height);
    this.clip = { left: 0, top: 0, right: width, bottom: height };
  }

  /** Adds a line with round ends and corners; `half` is half its width. */
  stroke(line: readonly Point[], half: number): void {
    line.forEach((point, i) => {
      const next = line[i + 1] ?? (line.length === 1 ? point : undefined);
      if (next) this.#segment(point, next, half);
    });
  }

  /** Hands out every covered pixel with its part, and forgets it. */
  drain(visit: (pixel: number, part: number) => void): void {
    const { left, top, right, bottom } = this.#touched;
    for (let y = top; y < bottom; y += 1)
      for (let pixel = y * this.#width + left; pixel < y * this.#width + right; pixel += 1) {
        const part = this.#parts[pixel] as number;
        if (part === 0) continue;
        visit(pixel, part);
        this.#parts[pixel] = 0;
      }
    this.#touched = NOTHING;
  }

  /** A pixel is covered by as much as its middle lies within the line's edge, which is one pixel wide. */
  #segment([x0, y0]: Point, [x1, y1]: Point, half: number): void {
    const reach = half + 0.5;
    const { clip } = this;
    const left = Math.max(clip.left, Math.floor(Math.min(x0, x1) - reach));
    const right = Math.min(clip.right, Math.ceil(Math.max(x0, x1) + reach));
    const top = Math.max(clip.top, Math.floor(Math.min(y0, y1) - reach));
    const bottom = Math.min(clip.bottom, Math.ceil(Math.max(y0, y1) + reach));
    if (left >= right || top >= bottom) return;
    const dx = x1 - x0;
    const dy = y1 - y0;
    const squared = dx * dx + dy * dy;
    for (let y = top; y < bottom; y += 1)
      for (let x = left; x < right; x += 1) {
        const px = x + 0.5 - x0;
        const py = y + 0.5 - y0;
        const along = squared === 0 ? 0 : Math.max(0, Math.min(1, (px * dx + py * dy) / squared));
        const [ex, ey] = [px - along * dx, py - along * dy];
        // Not Math.hypot, which is slow and may round differently from version to version.
        const part = reach - Math.sqrt(ex * ex + ey * ey);
        const pixel = y * this.#width + x;
        if (part > (this.#parts[pixel] as number)) this.#parts[pixel] = Math.min(1, part);
      }
    this.#touched = {
      left: Math.min(left, this.#touched.left),
      top: Math.min(top, this.#touched.top),
      right: Math.max(right, this.#touched.right),
      bottom: Math.max(bottom, this.#touched.bottom),
    };
  }
}

const NOTHING: Box = {
  left: Number.POSITIVE_INFINITY,
  top: Number.POSITIVE_INFINITY,
  right: 0,
  bottom: 0,
};
