import { allocate } from '../../sdk';

/** Which source pixels along one axis make each target pixel, and with what weights, which sum to 1. */
@unmanaged
export class Taps {
  length: i32;
  /** i32[length] */
  firsts: usize;
  /** i32[length] */
  counts: usize;
  /** f32[length, capacity] */
  weights: usize;
  capacity: i32;

  first(target: i32): i32 {
    return load<i32>(this.firsts + (<usize>target << 2));
  }

  count(target: i32): i32 {
    return load<i32>(this.counts + (<usize>target << 2));
  }

  weightsOf(target: i32): usize {
    return this.weights + ((<usize>target * this.capacity) << 2);
  }

  /** The source pixels that any target pixel needs: none before this one, … */
  get begin(): i32 {
    return this.first(0);
  }

  /** … and none from this one on. */
  get end(): i32 {
    return this.first(this.length - 1) + this.count(this.length - 1);
  }
}

/**
 * Bilinear with half-pixel centres: target pixel t of an axis that is resized from `source` to `resized` pixels, and
 * cut to `length` pixels from `cut` on, looks at the place (t + cut + 0.5) · source / resized. Pixels beyond the edge
 * are not there, so that the edge counts for them. With `isAntialiased` the triangle grows with the reduction, so that
 * every source pixel has its part.
 */
export function makeTaps(source: i32, resized: i64, cut: i64, length: i32, isAntialiased: bool): Taps {
  const scale = <f64>source / <f64>resized;
  const support = isAntialiased ? Math.max(1, scale) : 1;
  const taps = changetype<Taps>(allocate(offsetof<Taps>()));
  taps.length = length;
  taps.capacity = <i32>Math.ceil(2 * support) + 2;
  taps.firsts = allocate(<usize>length << 2);
  taps.counts = allocate(<usize>length << 2);
  taps.weights = allocate((<usize>length * taps.capacity) << 2);
  for (let target = 0; target < length; target++) {
    fill(taps, target, (<f64>(<i64>target + cut) + 0.5) * scale, support, source);
  }
  return taps;
}

function fill(taps: Taps, target: i32, centre: f64, support: f64, source: i32): void {
  const first = max(0, <i32>Math.floor(centre - support));
  const last = min(source - 1, <i32>Math.floor(centre + support));
  const weights = taps.weightsOf(target);
  let sum: f64 = 0;
  for (let pixel = first; pixel <= last; pixel++) sum += weightOf(pixel, centre, support);
  for (let pixel = first; pixel <= last; pixel++) {
    store<f32>(weights + (<usize>(pixel - first) << 2), <f32>(weightOf(pixel, centre, support) / sum));
  }
  store<i32>(taps.firsts + (<usize>target << 2), first);
  store<i32>(taps.counts + (<usize>target << 2), last - first + 1);
}

function weightOf(pixel: i32, centre: f64, support: f64): f64 {
  return Math.max(0, 1 - Math.abs(<f64>pixel + 0.5 - centre) / support);
}
