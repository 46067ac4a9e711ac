/** Statistics of f32 values that lie in memory in ascending order. All arithmetic is in f64. */

/** The first place whose value is not below `value`. */
export function placeOf(values: usize, count: i32, value: f32): i32 {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (valueAt(values, middle) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Of at least one value; the mean of the two middle ones where their number is even. */
export function medianOf(values: usize, count: i32): f64 {
  const half = count >> 1;
  const upper = <f64>valueAt(values, half);
  return count & 1 ? upper : (<f64>valueAt(values, half - 1) + upper) / 2;
}

/** The median of the distances from `centre`. */
export function medianDistance(values: usize, count: i32, centre: f64): f64 {
  const below = placesBelow(values, count, centre);
  const half = count >> 1;
  const upper = distanceOfRank(values, count, centre, below, half);
  return count & 1 ? upper : (distanceOfRank(values, count, centre, below, half - 1) + upper) / 2;
}

function placesBelow(values: usize, count: i32, centre: f64): i32 {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (<f64>valueAt(values, middle) < centre) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The distance with so many smaller ones. Distances grow to both sides of the centre, so they are two ordered lists,
 * and a binary search tells how many of the nearest values lie on the left.
 */
function distanceOfRank(values: usize, count: i32, centre: f64, below: i32, rank: i32): f64 {
  const above = count - below;
  let low = max(0, rank - above);
  let high = min(rank, below);
  while (low < high) {
    const left = (low + high) >> 1;
    if (centre - <f64>valueAt(values, below - 1 - left) < <f64>valueAt(values, below + rank - left - 1) - centre) {
      low = left + 1;
    } else {
      high = left;
    }
  }
  const right = rank - low;
  const leftDistance = low < below ? centre - <f64>valueAt(values, below - 1 - low) : Infinity;
  const rightDistance = right < above ? <f64>valueAt(values, below + right) - centre : Infinity;
  return min(leftDistance, rightDistance);
}

function valueAt(values: usize, place: i32): f32 {
  return load<f32>(values + (<usize>place << 2));
}
