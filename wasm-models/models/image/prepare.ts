import { allocate } from '../../sdk';
import { halfOf } from './half';
import { mixPixels, mixRows } from './rows';
import { Settings } from './settings';
import { makeTaps, Taps } from './taps';

/** Room behind a row, since a pixel of three channels is read as four numbers. */
const SPARE_BYTES: usize = 16;

/** Fills `image` with a prepared image, as float16 where `isHalf`, and as float32 otherwise. */
export function prepare(
  image: usize, isHalf: bool,
  pixels: usize, height: i32, width: i32, channels: i32,
  settings: Settings,
): void {
  const rows = rowTaps(settings, height, width);
  const columns = columnTaps(settings, height, width);
  const begin = columns.begin;
  const count = (columns.end - begin) * channels;
  const stride = <usize>width * channels;
  const mixed = allocate((<usize>count << 2) + SPARE_BYTES);
  const factors = f32x4(settings.factor0, settings.factor1, settings.factor2, 0);
  const offsets = f32x4(settings.offset0, settings.offset1, settings.offset2, 0);
  for (let row = 0; row < settings.height; row++) {
    mixRows(mixed, pixels + <usize>(begin * channels), stride, rows, row, count);
    for (let column = 0; column < settings.width; column++) {
      const pixel = f32x4.add(f32x4.mul(mixPixels(mixed, channels, begin, columns, column), factors), offsets);
      put(image, isHalf, settings, row, column, pixel);
    }
  }
}

function rowTaps(settings: Settings, height: i32, width: i32): Taps {
  return axisTaps(settings, height, min(height, width), settings.height);
}

function columnTaps(settings: Settings, height: i32, width: i32): Taps {
  return axisTaps(settings, width, min(height, width), settings.width);
}

/** Stretched to `length`, or resized with the shortest side and cut to the `length` pixels in the middle. */
function axisTaps(settings: Settings, source: i32, shortest: i32, length: i32): Taps {
  if (settings.shortestSide === 0) return makeTaps(source, length, 0, length, settings.isAntialiased);
  // Whole pixels only: the rest is dropped. A strip of one pixel may become billions long, of which the middle is used.
  const resized = (<i64>source * settings.shortestSide) / shortest;
  return makeTaps(source, resized, (resized - length) >> 1, length, settings.isAntialiased);
}

function put(image: usize, isHalf: bool, settings: Settings, row: i32, column: i32, pixel: v128): void {
  const red = f32x4.extract_lane(pixel, 0);
  const blue = f32x4.extract_lane(pixel, 2);
  const place = row * settings.width + column;
  const step = settings.isChannelsLast ? 1 : settings.height * settings.width;
  const at = settings.isChannelsLast ? place * 3 : place;
  putNumber(image, isHalf, at, settings.isBgr ? blue : red);
  putNumber(image, isHalf, at + step, f32x4.extract_lane(pixel, 1));
  putNumber(image, isHalf, at + 2 * step, settings.isBgr ? red : blue);
}

// @ts-ignore: decorator
@inline
function putNumber(image: usize, isHalf: bool, place: i32, value: f32): void {
  if (isHalf) store<u16>(image + (<usize>place << 1), halfOf(value));
  else store<f32>(image + (<usize>place << 2), value);
}
