import { SedgeError, type Tensor } from '@sedge/protocol/core';
import type { Engine, ModelContent } from '../engine.ts';
import type { ModelInspection, TrainableReport } from './inspection.ts';
import { inspectOnnx, onnxParameters } from './inspect-onnx.ts';
import { splitWeights } from './split-weights.ts';

/** Opens a model to hear what it offers, and tells what lies in its file. Throws like the opening. */
export async function inspectModel(engine: Engine, content: ModelContent): Promise<ModelInspection> {
  const { format, artifact, weights = [] } = content;
  const session = await engine.open(content);
  const { functions, trainable = false } = session.metadata;
  await session.close();
  const common = { format, sizeBytes: artifact.byteLength, functions };
  if (format === 'onnx') return { ...common, ...inspectOnnx(artifact) };
  const parameters = weights.map(({ name, shape }) => ({ name, shape: [...shape] }));
  return { ...common, operators: [], parameters, trainable: componentReport(trainable, parameters) };
}

/** The weights that training changes; of a component those that were given beside it. */
export async function modelParameters(
  { format, artifact, weights = [] }: ModelContent,
  patterns?: readonly string[],
): Promise<readonly Tensor[]> {
  if (format === 'onnx') return onnxParameters(artifact, weights, patterns);
  if (weights.length > 0) return splitWeights(weights, patterns).trained;
  throw new SedgeError('MODEL_NOT_TRAINABLE', 'a component has no weights but those beside it', { expose: true });
}

function componentReport(trainable: boolean, parameters: ModelInspection['parameters']): TrainableReport {
  if (trainable) return { yes: true, parameters };
  return { yes: false, blocking: [{ reason: 'the component exports no training' }] };
}
