import { existsSync, readFileSync } from 'node:fs';
import type { Tensor } from '@sedge/protocol';
import { decodePng, type Pixels } from './png.ts';

/** Photographs lie beside the checkout where somebody put them; the project carries none. */
const folder = new URL('../../../shared/data/photos/', import.meta.url);

export const hasPhotographs = existsSync(new URL('labels.csv', folder));
export const PHOTOGRAPHS_REASON = 'needs the photographs in ../shared/data/photos, which are not here';

export interface Photograph {
  readonly file: string;
  /** Classes of ImageNet that name what is to be seen. */
  readonly classes: readonly number[];
}

/** Those that are PNG files, with what labels.csv says of them. */
export function labelledPngs(): Photograph[] {
  const [, ...rows] = readFileSync(new URL('labels.csv', folder), 'utf8').trim().split(/\r?\n/);
  const photographs = rows.map((row) => {
    const [file = '', , , classes = ''] = row.split(',');
    return { file, classes: classes.split('|').map(Number) };
  });
  return photographs.filter(({ file }) => file.endsWith('.png'));
}

export function readPhotograph(file: string): Pixels {
  return decodePng(new Uint8Array(readFileSync(new URL(file, folder))));
}

const SIDE = 224;

/** data_0 of SqueezeNet: float16 [1, 3, 224, 224], blue, green, red, 0 to 255. */
export function squeezeNetInput(pixels: Pixels): Tensor {
  const { channels, values } = pixels.width === SIDE && pixels.height === SIDE ? pixels : squareOf(pixels);
  const halves = new Uint16Array(3 * SIDE * SIDE);
  halves.forEach((_, index) => {
    const plane = Math.floor(index / (SIDE * SIDE));
    halves[index] = halfOfByte(values[(index % (SIDE * SIDE)) * channels + (2 - plane)] ?? 0);
  });
  return { name: 'data_0', dataType: 'FP16', shape: [1, 3, SIDE, SIDE], data: new Uint8Array(halves.buffer) };
}

/** The square in the middle, made smaller by averaging the pixels under each new one. */
function squareOf({ width, height, channels, values }: Pixels): Pixels {
  const side = Math.min(width, height);
  const [left, top] = [Math.floor((width - side) / 2), Math.floor((height - side) / 2)];
  const square = new Uint8Array(SIDE * SIDE * channels);
  const edge = (at: number): number => Math.floor((at * side) / SIDE);
  square.forEach((_, index) => {
    const [row, column, channel] = [
      Math.floor(index / (SIDE * channels)),
      Math.floor(index / channels) % SIDE,
      index % channels,
    ];
    let [sum, count] = [0, 0];
    for (let y = edge(row); y < Math.max(edge(row + 1), edge(row) + 1); y++) {
      for (let x = edge(column); x < Math.max(edge(column + 1), edge(column) + 1); x++) {
        sum += values[((top + y) * width + left + x) * channels + channel] ?? 0;
        count += 1;
      }
    }
    square[index] = Math.round(sum / count);
  });
  return { width: SIDE, height: SIDE, channels, values: square };
}

/** A byte as float16 bits: exact, since a half has eleven bits of precision. */
function halfOfByte(value: number): number {
  if (value === 0) return 0;
  const exponent = Math.floor(Math.log2(value));
  return ((exponent + 15) << 10) | ((value - 2 ** exponent) * 2 ** (10 - exponent));
}
