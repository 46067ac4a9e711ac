// An ordinary ONNX file to train: Gemm and Relu, Softmax at the end, random weights inside.
//   node docs/examples/perceptron-onnx.mjs 3,16,2 state.onnx
// Stands for what any exporter writes. The sizes are: values of one example, units of each hidden layer, classes.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { encodeModel, GraphBuilder, modelOf } from '../../autodiff/dist/index.js';

const [sizesText = '', file = 'model.onnx'] = process.argv.slice(2);
const sizes = sizesText.split(',').map(Number);
if (sizes.length < 2 || !sizes.every((size) => Number.isInteger(size) && size > 0)) {
  console.error('usage: perceptron-onnx.mjs <inputs,hidden,…,classes> <file>');
  process.exit(1);
}

const graph = new GraphBuilder('perceptron');
let value = graph.input('features', 'FLOAT', ['batch', sizes[0]]);
for (const [index, outputs] of sizes.slice(1).entries()) {
  const isLast = index === sizes.length - 2;
  const layer = isLast ? 'head' : `body${index}`;
  const weight = graph.initializer(`${layer}.weight`, [sizes[index], outputs], randomWeights(sizes[index], outputs));
  const bias = graph.initializer(`${layer}.bias`, [outputs], new Float32Array(outputs));
  value = graph.gemm(value, weight, bias);
  if (!isLast) value = graph.relu(value);
}
graph.output(graph.softmax(value, 'probabilities'), 'FLOAT', ['batch', sizes.at(-1)]);
writeFileSync(file, encodeModel(modelOf(graph.build())));
console.log(`${file}: ${sizes.join(' → ')}`);

/** Uniform within ±sqrt(6 / inputs), so that the scale of the values survives a layer of ReLU (He et al. 2015). */
function randomWeights(inputs, outputs) {
  const bound = Math.sqrt(6 / inputs);
  const draws = new Uint32Array(randomBytes(4 * inputs * outputs).buffer.slice(0));
  return Float32Array.from({ length: inputs * outputs }, (_, index) => (draws[index] / 2 ** 31 - 1) * bound);
}
