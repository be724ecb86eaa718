import { inflateSync } from "node:zlib";

/** A picture as pixels: red, green and blue of each, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
  at(x: number, y: number): string;
}

/** Decodes a PNG of 8 bit RGB, whatever filters it uses; rejects anything that a strict reader would. */
export function decodePng(bytes: Uint8Array): Picture {
  const data = Buffer.from(bytes);
  if (data.subarray(0, 8).toString("latin1") !== "\u0089PNG\r\n\u001a\n") throw new Error("it is no PNG");
  const parts: Buffer[] = [];
  let [width, height, ended] = [0, 0, false];
  for (let at = 8; at < data.length; ) {
    const length = data.readUInt32BE(at);
    const type = data.toString("latin1", at + 4, at + 8);
    const body = data.subarray(at + 8, at + 8 + length);
    if (crcOf(data.subarray(at + 4, at + 8 + length)) !== data.readUInt32BE(at + 8 + length))
      throw new Error(`the checksum of ${type} is wrong`);
    if (type === "IHDR") {
      [width, height] = [body.readUInt32BE(0), body.readUInt32BE(4)];
      if (body.subarray(8).join() !== "8,2,0,0,0")
        throw new Error(`unexpected kind: ${body.subarray(8).join()}`);
    }
    if (type === "IDAT") parts.push(body);
    ended = type === "IEND";
    at += length + 12;
  }
  if (!ended) throw new Error("it is cut off");
  const pixels = unfilter(inflateSync(Buffer.concat(parts)), width * 3, height);
  return {
    width,
    height,
    pixels,
    at: (x, y) =>
      `#${Buffer.from(pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)).toString("hex")}`,
  };
}

function unfilter(rows: Buffer, stride: number, height: number): Uint8Array {
  if (rows.length !== (stride + 1) * height) throw new Error("it has another number of pixels than it says");
  const pixels = new Uint8Array(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = rows[y * (stride + 1)] as number;
    for (let x = 0; x < stride; x += 1) {
      const raw = rows[y * (stride + 1) + 1 + x] as number;
      const left = x < 3 ? 0 : (pixels[y * stride + x - 3] as number);
      const up = y === 0 ? 0 : (pixels[(y - 1) * stride + x] as number);
      const corner = x < 3 || y === 0 ? 0 : (pixels[(y - 1) * stride + x - 3] as number);
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter];
      if (guess === undefined) throw new Error(`there is no filter ${filter}`);
      pixels[y * stride + x] = raw + guess;
    }
  }
  return pixels;
}

function paeth(a: number, b: number, c: number): number {
  const [da, db, dc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  return da <= db && da <= dc ? a : db <= dc ? b : c;
}

/** CRC-32 as PNG's specification writes it out, for zlib's is what is under test. */
function crcOf(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
