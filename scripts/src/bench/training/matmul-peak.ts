import { encodeModel, type EngineTensor, GraphBuilder, modelOf } from '@sedge/autodiff';
import type { GraphEngine } from './graph-engine.ts';
import { timed, type TimedWork } from './interleave.ts';

const SIZE = 512;
/** So many one after the other that feeding the first and reading the last do not count. */
const PRODUCTS = 8;
/** Of one run. */
export const PEAK_FLOP = PRODUCTS * 2 * SIZE ** 3;

/** Products of matrices of 512 by 512: the most that an engine computes here. */
export async function matmulPeak(engine: GraphEngine): Promise<{ run: TimedWork; close: () => Promise<void> }> {
  const graph = new GraphBuilder('products');
  const right = graph.input('right', 'FLOAT', [SIZE, SIZE]);
  let value = graph.input('left', 'FLOAT', [SIZE, SIZE]);
  for (let product = 0; product < PRODUCTS; product++) value = graph.node('MatMul', [value, right]);
  graph.output(value, 'FLOAT', [SIZE, SIZE]);
  const opened = await engine.open(encodeModel(modelOf(graph.build())));
  // A rotation by one column: any number of products keeps every value where floats are quick.
  const rotation = new Float32Array(SIZE ** 2);
  for (let row = 0; row < SIZE; row++) rotation[row * SIZE + ((row + 1) % SIZE)] = 1;
  const left = Float32Array.from({ length: SIZE ** 2 }, (_, index) => 1 + (index % SIZE) / SIZE);
  const feeds = { left: square(left), right: square(rotation) };
  return { run: timed(() => opened.run(feeds)), close: () => opened.close() };
}

function square(data: Float32Array<ArrayBuffer>): EngineTensor {
  return { type: 'FLOAT', dims: [SIZE, SIZE], data };
}
