import { float32Tensor, type Tensor } from '@sedge/protocol';

/** Rows as a trainer takes them. */
export interface LabelledRows {
  /** FP32, or UINT8 that `scale` of the set makes numbers of. */
  readonly features: Tensor;
  readonly labels: Tensor;
}

/** A data set with the split that it was published with. */
export interface LabelledSet {
  readonly train: LabelledRows;
  readonly test: LabelledRows;
  /** Bytes are multiplied by it; 1 for floats. */
  readonly scale: number;
}

export function byteRows(pixels: Uint8Array, labels: ArrayLike<number>): LabelledRows {
  const shape = [labels.length, pixels.length / labels.length];
  return { features: { name: 'features', dataType: 'UINT8', shape, data: pixels }, labels: labelTensor(labels) };
}

export function floatRows(rows: readonly Float32Array[], labels: readonly number[]): LabelledRows {
  const width = rows[0]?.length ?? 0;
  const values = new Float32Array(rows.length * width);
  rows.forEach((row, index) => values.set(row, index * width));
  return { features: float32Tensor('features', [rows.length, width], values), labels: labelTensor(labels) };
}

function labelTensor(labels: ArrayLike<number>): Tensor {
  return { name: 'labels', dataType: 'UINT8', shape: [labels.length], data: Uint8Array.from(labels) };
}
