/** Layers as textbooks write them, in double precision: what an engine's answer is compared with. */

export interface Image {
  readonly channels: number;
  readonly side: number;
  /** Channel by channel, row by row. */
  readonly values: ArrayLike<number>;
}

export interface Kernels {
  readonly count: number;
  readonly side: number;
  /** Kernel by kernel, each with as many planes as the image has channels. */
  readonly values: ArrayLike<number>;
  readonly bias: ArrayLike<number>;
}

/** ONNX's Conv for one square image without padding, with strides of one. */
export function convolve(image: Image, kernels: Kernels): number[] {
  const side = image.side - kernels.side + 1;
  return Array.from({ length: kernels.count * side * side }, (_, index) => {
    const kernel = Math.floor(index / (side * side));
    const [row, column] = [Math.floor(index / side) % side, index % side];
    return (kernels.bias[kernel] ?? 0) + windowSum(image, kernels, { kernel, row, column });
  });
}

interface Place {
  readonly kernel: number;
  readonly row: number;
  readonly column: number;
}

function windowSum({ channels, side, values }: Image, kernels: Kernels, { kernel, row, column }: Place): number {
  const area = kernels.side ** 2;
  let sum = 0;
  for (let tap = 0; tap < channels * area; tap++) {
    const [channel, y, x] = [Math.floor(tap / area), Math.floor(tap / kernels.side) % kernels.side, tap % kernels.side];
    const pixel = values[(channel * side + row + y) * side + column + x] ?? 0;
    sum += pixel * (kernels.values[kernel * channels * area + tap] ?? 0);
  }
  return sum;
}

/** values · matrix + bias, the matrix being [values.length, bias.length]. */
export function dense(values: readonly number[], matrix: ArrayLike<number>, bias: ArrayLike<number>): number[] {
  return Array.from(bias, (offset, column) =>
    values.reduce((sum, value, row) => sum + value * (matrix[row * bias.length + column] ?? 0), offset),
  );
}

export function softmax(values: readonly number[]): number[] {
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
