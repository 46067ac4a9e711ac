// Starting weights for the perceptron of wasm-models/, as safetensors.
//   node docs/examples/perceptron-weights.mjs 3,16,2 weights.safetensors
// The sizes are: values of one example, units of each hidden layer, classes.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { float32, safetensors } from './safetensors.mjs';

const [sizesText = '', file = 'weights.safetensors'] = process.argv.slice(2);
const sizes = sizesText.split(',').map(Number);
if (sizes.length < 2 || !sizes.every((size) => Number.isInteger(size) && size > 0)) {
  console.error('usage: perceptron-weights.mjs <inputs,hidden,…,classes> <file>');
  process.exit(1);
}

/** Uniform within ±sqrt(6 / inputs), so that the scale of the values survives a layer of ReLU (He et al. 2015). */
function layerWeights(inputs, outputs) {
  const bound = Math.sqrt(6 / inputs);
  const draws = new Uint32Array(randomBytes(4 * inputs * outputs).buffer.slice(0));
  return Float32Array.from({ length: inputs * outputs }, (_, index) => (draws[index] / 2 ** 31 - 1) * bound);
}

const arrays = sizes
  .slice(1)
  .flatMap((outputs, layer) => [
    float32(`layer${layer}.weight`, [sizes[layer], outputs], layerWeights(sizes[layer], outputs)),
    float32(`layer${layer}.bias`, [outputs], new Float32Array(outputs)),
  ]);
writeFileSync(file, safetensors(arrays));
console.log(`${file}: ${arrays.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join(', ')}`);
