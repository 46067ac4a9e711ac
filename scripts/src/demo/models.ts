import { describeModel, deploymentReady, formatOf, publishModel, type Client } from '@sedge/cli';
import { systemClock } from '@sedge/kit';
import { encodeSafetensors, toUtf8, type KeyPair, type ModelName } from '@sedge/protocol';
import { routes, type ModelVersionView } from '@sedge/protocol/routes';
import { initialMlpWeights } from '@sedge/runtime';
import { readModel } from '@sedge/wasm-models';
import { centroidModel } from '../data/centroid-classifier.ts';
import type { DigitExamples } from '../data/digits.ts';

export const CENTROIDS = 'digit-centroids' as ModelName;
export const PERCEPTRON = 'digit-perceptron' as ModelName;

/** Inputs, hidden units, classes. */
const LAYERS = [64, 32, 10] as const;
const READY_MS = 60_000;
const LABELS = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

export interface Publishing {
  readonly client: Client;
  readonly key: KeyPair;
}

/** An FP32 ONNX classifier, the nearest class mean of the given examples. */
export function publishCentroids(publishing: Publishing, examples: DigitExamples): Promise<ModelVersionView> {
  return publish(publishing, {
    name: CENTROIDS,
    artifact: centroidModel(examples),
    description: 'Nearest class mean of 8×8 digits',
  });
}

/** The WebAssembly perceptron, before it has learnt anything. */
export async function publishPerceptron(publishing: Publishing, seed: string): Promise<ModelVersionView> {
  return publish(publishing, {
    name: PERCEPTRON,
    artifact: new Uint8Array(await readModel('mlp')),
    weights: encodeSafetensors(initialMlpWeights(LAYERS, toUtf8(seed))),
    description: 'Perceptron of 64, 32 and 10 units for 8×8 digits',
  });
}

export async function publish(
  { client, key }: Publishing,
  model: {
    readonly name: ModelName;
    readonly artifact: Uint8Array<ArrayBuffer>;
    readonly weights?: Uint8Array<ArrayBuffer>;
    readonly description: string;
  },
): Promise<ModelVersionView> {
  const content = { ...model, format: formatOf(model.artifact), labels: LABELS, licence: 'Apache-2.0' };
  return publishModel(client, content, await describeModel(content), key, new Date(systemClock.now()));
}

/** Wants the version on every node and waits until it is ready there. Answers on how many that is. */
export async function deployEverywhere(client: Client, { name, version }: ModelVersionView): Promise<number> {
  const made = await client.call(routes.createDeployment, { body: { model: { name, version }, selector: 'all' } });
  const ready = await deploymentReady(client, made.id, { clock: systemClock }, READY_MS);
  return ready.nodes.length;
}
