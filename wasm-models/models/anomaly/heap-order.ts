/** A heap of f32 in memory, the largest first (Williams, 1964): sorting that can stop after any value. */

/** Takes the value at place `count` into the heap of the places before it. */
export function siftUp(values: usize, count: i32): void {
  let place = count;
  const value = valueAt(values, place);
  while (place > 0) {
    const parent = (place - 1) >> 1;
    if (valueAt(values, parent) >= value) break;
    setValue(values, place, valueAt(values, parent));
    place = parent;
  }
  setValue(values, place, value);
}

/** Moves the largest of `count` values behind the heap, to place `count - 1`. */
export function popLargest(values: usize, count: i32): f32 {
  const largest = valueAt(values, 0);
  const last = count - 1;
  const value = valueAt(values, last);
  let place = 0;
  for (let child = 1; child < last; child = 2 * place + 1) {
    if (child + 1 < last && valueAt(values, child + 1) > valueAt(values, child)) child += 1;
    if (valueAt(values, child) <= value) break;
    setValue(values, place, valueAt(values, child));
    place = child;
  }
  setValue(values, place, value);
  setValue(values, last, largest);
  return largest;
}

function valueAt(values: usize, place: i32): f32 {
  return load<f32>(values + (<usize>place << 2));
}

function setValue(values: usize, place: i32, value: f32): void {
  store<f32>(values + (<usize>place << 2), value);
}
