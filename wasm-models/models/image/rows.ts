import { Taps } from './taps';

/** f32 sums of weighted bytes: one row between the rows of the source. `count` bytes from each. */
export function mixRows(mixed: usize, pixels: usize, stride: usize, taps: Taps, row: i32, count: i32): void {
  const weights = taps.weightsOf(row);
  const first = taps.first(row);
  for (let tap = 0; tap < taps.count(row); tap++) {
    const weight = load<f32>(weights + (<usize>tap << 2));
    if (tap > 0 && weight === 0) continue;
    addRow(mixed, pixels + <usize>(first + tap) * stride, weight, count, tap === 0);
  }
}

function addRow(mixed: usize, bytes: usize, weight: f32, count: i32, isFirst: bool): void {
  const factor = f32x4.splat(weight);
  let place = 0;
  // Never a vector beyond the last byte: the pixels may end where the memory ends.
  for (; place + 16 <= count; place += 16) {
    const sixteen = v128.load(bytes + place);
    const low = i16x8.extend_low_i8x16_u(sixteen);
    const high = i16x8.extend_high_i8x16_u(sixteen);
    const at = mixed + (<usize>place << 2);
    addFour(at, i32x4.extend_low_i16x8_u(low), factor, isFirst);
    addFour(at + 16, i32x4.extend_high_i16x8_u(low), factor, isFirst);
    addFour(at + 32, i32x4.extend_low_i16x8_u(high), factor, isFirst);
    addFour(at + 48, i32x4.extend_high_i16x8_u(high), factor, isFirst);
  }
  for (; place < count; place++) {
    const at = mixed + (<usize>place << 2);
    const part = weight * <f32>load<u8>(bytes + place);
    store<f32>(at, isFirst ? part : load<f32>(at) + part);
  }
}

// @ts-ignore: decorator
@inline
function addFour(at: usize, values: v128, factor: v128, isFirst: bool): void {
  const part = f32x4.mul(f32x4.convert_i32x4_s(values), factor);
  v128.store(at, isFirst ? part : f32x4.add(v128.load(at), part));
}

/** One pixel between the pixels of a mixed row, whose first pixel is `begin`; the fourth lane is of no meaning. */
export function mixPixels(mixed: usize, channels: i32, begin: i32, taps: Taps, column: i32): v128 {
  const step = <usize>channels << 2;
  const weights = taps.weightsOf(column);
  let at = mixed + <usize>(taps.first(column) - begin) * step;
  let sum = f32x4.splat(0);
  for (let tap = 0; tap < taps.count(column); tap++) {
    sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(weights + (<usize>tap << 2)), v128.load(at)));
    at += step;
  }
  return sum;
}
