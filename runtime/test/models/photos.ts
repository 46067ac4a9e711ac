import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { decode } from 'jpeg-js';
import { decodePng, type Pixels } from '../png.ts';

/** Photographs with classes of ImageNet lie beside the checkout where somebody put them. */
const folder = new URL('../../../../shared/data/photos/', import.meta.url);

export const hasPhotos = existsSync(folder);
export const PHOTOS_REASON = 'needs the photographs in ../shared/data/photos, which are not here';

export interface Photo {
  readonly file: string;
  /** The classes that are right. */
  readonly classes: readonly number[];
  readonly pixels: Pixels;
}

export async function readPhotos(): Promise<Photo[]> {
  const lines = (await readFile(new URL('labels.csv', folder), 'utf8')).trim().split('\n').slice(1);
  return Promise.all(lines.map((line) => readPhoto(line.split(','))));
}

async function readPhoto([file = '', , , classes = '']: readonly string[]): Promise<Photo> {
  const content = new Uint8Array(await readFile(new URL(file, folder)));
  return {
    file,
    classes: classes.split('|').map(Number),
    pixels: file.endsWith('.png') ? decodePng(content) : decodeJpeg(content),
  };
}

function decodeJpeg(content: Uint8Array): Pixels {
  const { width, height, data } = decode(content, { useTArray: true, formatAsRGBA: true });
  return { width, height, channels: 4, values: data };
}
