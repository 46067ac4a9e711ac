import { inflateSync } from 'node:zlib';

export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  /** Row by row, channels together. */
  readonly values: Uint8Array;
}

const COLOUR_CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 6: 4 };

/** Decodes an 8-bit, non-interlaced PNG without a palette (W3C PNG, third edition), as far as the tests need. */
export function decodePng(file: Uint8Array): Pixels {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const data: Uint8Array[] = [];
  let [width, height, channels] = [0, 0, 0];
  for (let offset = 8; offset < file.length;) {
    const length = view.getUint32(offset);
    const type = Buffer.from(file.subarray(offset + 4, offset + 8)).toString('latin1');
    const start = offset + 8;
    if (type === 'IHDR') {
      [width, height] = [view.getUint32(start), view.getUint32(start + 4)];
      channels = COLOUR_CHANNELS[view.getUint8(start + 9)] ?? 0;
      if (view.getUint8(start + 8) !== 8 || channels === 0) throw new Error('only 8-bit grey, RGB and RGBA');
    }
    if (type === 'IDAT') data.push(file.subarray(start, start + length));
    offset = start + length + 4;
  }
  return { width, height, channels, values: unfilter(inflateSync(Buffer.concat(data)), width * channels, channels) };
}

/** Undoes the filter of each row (PNG §9.2). */
function unfilter(filtered: Uint8Array, rowBytes: number, channels: number): Uint8Array {
  const rows = filtered.length / (rowBytes + 1);
  const values = new Uint8Array(rows * rowBytes);
  const at = (row: number, column: number): number =>
    row < 0 || column < 0 ? 0 : (values[row * rowBytes + column] ?? 0);
  for (let row = 0; row < rows; row++) {
    const filter = filtered[row * (rowBytes + 1)] ?? 0;
    for (let column = 0; column < rowBytes; column++) {
      const raw = filtered[row * (rowBytes + 1) + 1 + column] ?? 0;
      const [left, up, corner] = [at(row, column - channels), at(row - 1, column), at(row - 1, column - channels)];
      values[row * rowBytes + column] = raw + predicted(filter, left, up, column < channels ? 0 : corner);
    }
  }
  return values;
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  switch (filter) {
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return Math.floor((left + up) / 2);
    case 4:
      return paeth(left, up, corner);
    default:
      return 0;
  }
}

function paeth(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const [toLeft, toUp, toCorner] = [left, up, corner].map((value) => Math.abs(estimate - value));
  if (toLeft === undefined || toUp === undefined || toCorner === undefined) return 0;
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
