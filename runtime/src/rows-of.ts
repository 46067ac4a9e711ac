import type { Tensor } from '@sedge/protocol';

/** Some rows of a tensor whose first dimension counts them, as a view. */
export function rowsOf({ name, dataType, shape, data }: Tensor, first: number, end: number): Tensor {
  const [rows = 1, ...rest] = shape;
  const rowBytes = data.byteLength / rows;
  return { name, dataType, shape: [end - first, ...rest], data: data.subarray(first * rowBytes, end * rowBytes) };
}
