import { inferAsBytes, weightsOf, type Client } from '@sedge/cli';
import { nodeCrypto } from '@sedge/kit';
import { decodeSafetensors, float32Tensor, float32Values, type ModelName, type ModelRef } from '@sedge/protocol';
import type { ModelVersionView } from '@sedge/protocol/routes';
import { exportMlpOnnx } from '@sedge/runtime';
import { DIGIT_PIXELS } from '../data/digits-table.ts';
import type { DigitExamples } from '../data/digits.ts';
import { INPUT } from './ask.ts';
import { publish, type Publishing } from './models.ts';
import type { Trained } from './train.ts';

export const EXPORTED = 'digit-perceptron-onnx' as ModelName;

/** The trained weights inside an ONNX file, published as a new signed version. */
export async function publishAsOnnx(publishing: Publishing, { run }: Trained): Promise<ModelVersionView> {
  const weights = decodeSafetensors(await publishing.client.getBlob(nodeCrypto, weightsOf(run)));
  return publish(publishing, {
    name: EXPORTED,
    artifact: new Uint8Array(exportMlpOnnx({ weights, metadata: { run: run.id } })),
    description: `ONNX form of ${run.published?.name ?? run.plan.model.name}, trained by ${run.id}`,
  });
}

/** The largest difference between the answers of two versions for the same images, asked through the coordinator. */
export async function largestDifference(
  client: Client,
  left: ModelRef,
  right: ModelRef,
  examples: DigitExamples,
  images: number,
): Promise<number> {
  const batch = examples.features.subarray(0, images * DIGIT_PIXELS);
  const inputs = [float32Tensor(INPUT, [images, DIGIT_PIXELS], batch)];
  const [leftValues, rightValues] = await Promise.all(
    [left, right].map(async (model) => {
      const [output] = (await inferAsBytes(client, model, inputs)).outputs;
      if (output === undefined) throw new TypeError(`${model.name} answered without an output`);
      return float32Values(output);
    }),
  );
  return differenceOf(leftValues ?? new Float32Array(), rightValues ?? new Float32Array());
}

function differenceOf(left: Float32Array, right: Float32Array): number {
  if (left.length !== right.length || left.length === 0) return Number.POSITIVE_INFINITY;
  return left.reduce((most, value, index) => Math.max(most, Math.abs(value - (right[index] ?? Number.NaN))), 0);
}
