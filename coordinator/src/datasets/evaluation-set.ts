import { copyBytes, decodeSafetensors, elementCount, float32Values, SedgeError, type Tensor } from '@sedge/protocol';

/** Examples with their classes, in memory. */
export interface EvaluationSet {
  readonly examples: number;
  /** Of one example. */
  readonly featureShape: readonly number[];
  readonly classes: number;
  /** Row by row. */
  readonly features: Float32Array;
  readonly labels: Int32Array;
}

/** Labels are classes counted from 0; nobody has as many as this. */
const CLASSES_MAX = 100_000;

/** Reads safetensors with `features` FP32 [n, …] and `labels` INT64, INT32 or UINT8 [n]. Throws DATASET_INVALID. */
export function decodeEvaluationSet(file: Uint8Array): EvaluationSet {
  const tensors = decode(file);
  const features = named(tensors, 'features');
  const [examples = 0, ...featureShape] = features.shape;
  if (features.dataType !== 'FP32' || featureShape.length === 0 || examples === 0 || elementCount(featureShape) === 0) {
    throw invalid(`features must be FP32 [n, …], they are ${features.dataType} [${features.shape.join(', ')}]`);
  }
  const values = float32Values(features);
  if (!values.every(Number.isFinite)) throw invalid('features must be finite');
  const labels = readLabels(named(tensors, 'labels'), examples);
  const classes = labels.reduce((most, label) => Math.max(most, label), 0) + 1;
  return { examples, featureShape, classes, features: values, labels };
}

function decode(file: Uint8Array): Tensor[] {
  try {
    return decodeSafetensors(file);
  } catch (cause) {
    throw new SedgeError('DATASET_INVALID', 'the content is no safetensors file', { cause, expose: true });
  }
}

function named(tensors: readonly Tensor[], name: string): Tensor {
  const found = tensors.find((tensor) => tensor.name === name);
  if (found === undefined) throw invalid(`there is no array "${name}"`);
  return found;
}

function readLabels({ dataType, shape, data }: Tensor, examples: number): Int32Array {
  if (shape.length !== 1 || shape[0] !== examples) throw invalid(`labels must be [${examples}]`);
  const labels = integersOf(dataType, data);
  if (labels.some((label) => label < 0 || label >= CLASSES_MAX)) throw invalid('labels must be classes from 0');
  return Int32Array.from(labels);
}

function integersOf(dataType: Tensor['dataType'], data: Uint8Array): number[] {
  const aligned = copyBytes(data).buffer;
  switch (dataType) {
    case 'UINT8':
      return [...new Uint8Array(aligned)];
    case 'INT32':
      return [...new Int32Array(aligned)];
    case 'INT64':
      return Array.from(new BigInt64Array(aligned), Number);
    case 'BOOL':
    case 'UINT16':
    case 'UINT32':
    case 'UINT64':
    case 'INT8':
    case 'INT16':
    case 'FP16':
    case 'BF16':
    case 'FP32':
    case 'FP64':
    case 'BYTES':
      throw invalid(`labels must be INT64, INT32 or UINT8, they are ${dataType}`);
  }
}

function invalid(detail: string): SedgeError {
  return new SedgeError('DATASET_INVALID', detail, { expose: true });
}
