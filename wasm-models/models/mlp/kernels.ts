/**
 * The three loops that take the time. Matrices are row-major float32, 16-byte aligned, with rows padded by zeros to a
 * multiple of four columns, so that no loop has a ragged end. Strides are in bytes.
 */

// @ts-ignore: decorator
@inline
function multiplyAdd(sum: v128, left: v128, right: v128): v128 {
  return f32x4.add(sum, f32x4.mul(left, right));
}

/**
 * C[i, j] = start[i, j] + Σ_t P[t, i] · Q[t, j], four rows of C at a time.
 * `rows` is a multiple of 4, `columns` too. A start stride of 0 repeats one row (the bias); C may be its own start.
 */
export function accumulate(
  c: usize, cStride: usize,
  start: usize, startStride: usize,
  p: usize, pStepT: usize, pStepI: usize,
  q: usize, qStride: usize,
  count: i32, rows: i32, columns: i32,
): void {
  for (let row = 0; row < rows; row += 4) {
    const cRow = c + row * cStride;
    const startRow = start + row * startStride;
    const pRow = p + row * pStepI;
    let column = 0;
    for (; column + 8 <= columns; column += 8) {
      const at = column << 2;
      block8(cRow + at, cStride, startRow + at, startStride, pRow, pStepT, pStepI, q + at, qStride, count);
    }
    if (column < columns) {
      const at = column << 2;
      block4(cRow + at, cStride, startRow + at, startStride, pRow, pStepT, pStepI, q + at, qStride, count);
    }
  }
}

function block8(
  c: usize, cStride: usize,
  start: usize, startStride: usize,
  p: usize, pStepT: usize, pStepI: usize,
  q: usize, qStride: usize,
  count: i32,
): void {
  let sum00 = v128.load(start);
  let sum01 = v128.load(start, 16);
  let sum10 = v128.load(start + startStride);
  let sum11 = v128.load(start + startStride, 16);
  let sum20 = v128.load(start + 2 * startStride);
  let sum21 = v128.load(start + 2 * startStride, 16);
  let sum30 = v128.load(start + 3 * startStride);
  let sum31 = v128.load(start + 3 * startStride, 16);
  let p1 = p + pStepI;
  let p2 = p1 + pStepI;
  let p3 = p2 + pStepI;
  for (let t = 0; t < count; t++) {
    const q0 = v128.load(q);
    const q1 = v128.load(q, 16);
    let factor = v128.load32_splat(p);
    sum00 = multiplyAdd(sum00, factor, q0);
    sum01 = multiplyAdd(sum01, factor, q1);
    factor = v128.load32_splat(p1);
    sum10 = multiplyAdd(sum10, factor, q0);
    sum11 = multiplyAdd(sum11, factor, q1);
    factor = v128.load32_splat(p2);
    sum20 = multiplyAdd(sum20, factor, q0);
    sum21 = multiplyAdd(sum21, factor, q1);
    factor = v128.load32_splat(p3);
    sum30 = multiplyAdd(sum30, factor, q0);
    sum31 = multiplyAdd(sum31, factor, q1);
    q += qStride;
    p += pStepT;
    p1 += pStepT;
    p2 += pStepT;
    p3 += pStepT;
  }
  v128.store(c, sum00);
  v128.store(c, sum01, 16);
  v128.store(c + cStride, sum10);
  v128.store(c + cStride, sum11, 16);
  v128.store(c + 2 * cStride, sum20);
  v128.store(c + 2 * cStride, sum21, 16);
  v128.store(c + 3 * cStride, sum30);
  v128.store(c + 3 * cStride, sum31, 16);
}

function block4(
  c: usize, cStride: usize,
  start: usize, startStride: usize,
  p: usize, pStepT: usize, pStepI: usize,
  q: usize, qStride: usize,
  count: i32,
): void {
  let sum0 = v128.load(start);
  let sum1 = v128.load(start + startStride);
  let sum2 = v128.load(start + 2 * startStride);
  let sum3 = v128.load(start + 3 * startStride);
  for (let t = 0; t < count; t++) {
    const q0 = v128.load(q);
    sum0 = multiplyAdd(sum0, v128.load32_splat(p), q0);
    sum1 = multiplyAdd(sum1, v128.load32_splat(p + pStepI), q0);
    sum2 = multiplyAdd(sum2, v128.load32_splat(p + 2 * pStepI), q0);
    sum3 = multiplyAdd(sum3, v128.load32_splat(p + 3 * pStepI), q0);
    q += qStride;
    p += pStepT;
  }
  v128.store(c, sum0);
  v128.store(c + cStride, sum1);
  v128.store(c + 2 * cStride, sum2);
  v128.store(c + 3 * cStride, sum3);
}

/** c[j] = start[j] + Σ_t p[t] · Q[t, j] for one row, sixteen columns at a time: what a single example needs. */
export function accumulateRow(c: usize, start: usize, p: usize, q: usize, qStride: usize, count: i32, columns: i32): void {
  let column = 0;
  for (; column + 16 <= columns; column += 16) {
    const at = column << 2;
    row16(c + at, start + at, p, q + at, qStride, count);
  }
  for (; column < columns; column += 4) {
    const at = column << 2;
    row4(c + at, start + at, p, q + at, qStride, count);
  }
}

function row16(c: usize, start: usize, p: usize, q: usize, qStride: usize, count: i32): void {
  let sum0 = v128.load(start);
  let sum1 = v128.load(start, 16);
  let sum2 = v128.load(start, 32);
  let sum3 = v128.load(start, 48);
  for (let t = 0; t < count; t++) {
    const factor = v128.load32_splat(p);
    sum0 = multiplyAdd(sum0, factor, v128.load(q));
    sum1 = multiplyAdd(sum1, factor, v128.load(q, 16));
    sum2 = multiplyAdd(sum2, factor, v128.load(q, 32));
    sum3 = multiplyAdd(sum3, factor, v128.load(q, 48));
    q += qStride;
    p += 4;
  }
  v128.store(c, sum0);
  v128.store(c, sum1, 16);
  v128.store(c, sum2, 32);
  v128.store(c, sum3, 48);
}

function row4(c: usize, start: usize, p: usize, q: usize, qStride: usize, count: i32): void {
  let sum = v128.load(start);
  for (let t = 0; t < count; t++) {
    sum = multiplyAdd(sum, v128.load32_splat(p), v128.load(q));
    q += qStride;
    p += 4;
  }
  v128.store(c, sum);
}

/** C[i, k] = Σ_j A[i, j] · B[k, j] (A times B transposed); `rows` of A and of B and `columns` are multiples of 4. */
export function multiplyTransposed(
  c: usize, cStride: usize,
  a: usize, aStride: usize,
  b: usize, bStride: usize,
  rowsA: i32, rowsB: i32, columns: i32,
): void {
  for (let k = 0; k < rowsB; k += 2) {
    const b0 = b + k * bStride;
    for (let i = 0; i < rowsA; i += 4) {
      dots4x2(c + i * cStride + (k << 2), cStride, a + i * aStride, aStride, b0, b0 + bStride, columns << 2);
    }
  }
}

function dots4x2(c: usize, cStride: usize, a0: usize, aStride: usize, b0: usize, b1: usize, bytes: usize): void {
  const a1 = a0 + aStride;
  const a2 = a1 + aStride;
  const a3 = a2 + aStride;
  let sum00 = f32x4.splat(0);
  let sum01 = sum00;
  let sum10 = sum00;
  let sum11 = sum00;
  let sum20 = sum00;
  let sum21 = sum00;
  let sum30 = sum00;
  let sum31 = sum00;
  for (let at: usize = 0; at < bytes; at += 16) {
    const left = v128.load(b0 + at);
    const right = v128.load(b1 + at);
    let row = v128.load(a0 + at);
    sum00 = multiplyAdd(sum00, row, left);
    sum01 = multiplyAdd(sum01, row, right);
    row = v128.load(a1 + at);
    sum10 = multiplyAdd(sum10, row, left);
    sum11 = multiplyAdd(sum11, row, right);
    row = v128.load(a2 + at);
    sum20 = multiplyAdd(sum20, row, left);
    sum21 = multiplyAdd(sum21, row, right);
    row = v128.load(a3 + at);
    sum30 = multiplyAdd(sum30, row, left);
    sum31 = multiplyAdd(sum31, row, right);
  }
  storePair(c, sum00, sum01);
  storePair(c + cStride, sum10, sum11);
  storePair(c + 2 * cStride, sum20, sum21);
  storePair(c + 3 * cStride, sum30, sum31);
}

// @ts-ignore: decorator
@inline
function storePair(at: usize, left: v128, right: v128): void {
  store<f32>(at, total(left));
  store<f32>(at, total(right), 4);
}

// @ts-ignore: decorator
@inline
function total(sum: v128): f32 {
  return (
    f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3))
  );
}

/** values = max(values, 0); NaN stays NaN, so that a broken input is seen in the answer. */
export function relu(values: usize, bytes: usize): void {
  const zero = f32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) v128.store(values + at, f32x4.max(v128.load(values + at), zero));
}

/** deltas = 0 where the activation was cut to zero. */
export function reluBackward(deltas: usize, activations: usize, bytes: usize): void {
  const zero = f32x4.splat(0);
  for (let at: usize = 0; at < bytes; at += 16) {
    const isOpen = f32x4.gt(v128.load(activations + at), zero);
    v128.store(deltas + at, v128.and(v128.load(deltas + at), isOpen));
  }
}

/** target += factor · (values − origin) */
export function addScaledDifference(target: usize, factor: f32, values: usize, origin: usize, bytes: usize): void {
  const scale = f32x4.splat(factor);
  for (let at: usize = 0; at < bytes; at += 16) {
    const difference = f32x4.sub(v128.load(values + at), v128.load(origin + at));
    v128.store(target + at, multiplyAdd(v128.load(target + at), scale, difference));
  }
}

/** target += factor · values */
export function addScaled(target: usize, factor: f32, values: usize, bytes: usize): void {
  const scale = f32x4.splat(factor);
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(target + at, multiplyAdd(v128.load(target + at), scale, v128.load(values + at)));
  }
}
