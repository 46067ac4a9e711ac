import { ELEMENT_BYTES, type Tensor } from '@sedge/protocol';
import type { DatasetSchema } from './binding.ts';
import type { DatasetLimits } from './dataset-limits.ts';
import { invalidDataset } from './invalid-dataset.ts';

/** Numbers of a file with the shape that the file gives them; the first dimension counts the rows. */
export interface NumericArray {
  readonly path: string;
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** What a reader found: all rows of the source, in its order. */
export interface SourceRows {
  readonly features: NumericArray;
  /** One class position per row. */
  readonly labels: NumericArray | undefined;
}

/** Named as the training interface of models wants them. */
export interface Examples {
  /** FP32, [rows, …feature shape]. */
  readonly features: Tensor;
  /** INT32, [rows]: positions in the list of classes. */
  readonly labels: Tensor | undefined;
  readonly count: number;
}

export interface Selection {
  /** Positions in the source; all when left out. */
  readonly rows: readonly number[] | undefined;
  readonly scale: number;
}

/** Takes the selected rows and checks them against the schema. Throws DATASET_INVALID. */
export function selectExamples(
  source: SourceRows,
  schema: DatasetSchema,
  { rows, scale }: Selection,
  limits: DatasetLimits,
): Examples {
  const { features, labels } = source;
  const available = features.shape[0] ?? 0;
  checkShape(features, schema.features.shape);
  if (labels !== undefined) checkLabelShape(labels, available);
  const selected = rows ?? Array.from({ length: available }, (_, row) => row);
  const width = valuesPerRow(features);
  if (selected.length === 0) throw invalidDataset(`${features.path} has no rows to use`);
  if (selected.length * width > limits.valuesMax) {
    throw invalidDataset(`${features.path} has ${selected.length * width} values, ${limits.valuesMax} are allowed`);
  }
  const data = takeFeatures(features, selected, width, scale);
  return {
    features: tensor('features', 'FP32', [selected.length, ...schema.features.shape], data),
    labels: labels && tensor('labels', 'INT32', [selected.length], takeLabels(labels, selected, schema.classes.length)),
    count: selected.length,
  };
}

function valuesPerRow({ shape }: NumericArray): number {
  return shape.slice(1).reduce((product, size) => product * size, 1);
}

/** The file may shape a row otherwise (28 by 28 for 784) as long as the number of values is the same. */
function checkShape(features: NumericArray, shape: readonly number[]): void {
  if (features.shape.length === 0) throw invalidDataset(`${features.path} holds a single number, not rows`);
  const expected = shape.reduce((product, size) => product * size, 1);
  const found = valuesPerRow(features);
  if (found !== expected) {
    throw invalidDataset(
      `${features.path} has ${found} values per row, the schema [${shape.join(', ')}] wants ${expected}`,
    );
  }
}

function checkLabelShape(labels: NumericArray, rows: number): void {
  if (labels.shape.length !== 1) {
    throw invalidDataset(`${labels.path} has the shape [${labels.shape.join(', ')}], one label per row is expected`);
  }
  if (labels.shape[0] !== rows) {
    throw invalidDataset(`${labels.path} has ${labels.shape[0]} labels, there are ${rows} rows`);
  }
}

function takeFeatures(
  { path, values }: NumericArray,
  rows: readonly number[],
  width: number,
  scale: number,
): Float32Array<ArrayBuffer> {
  const taken = new Float32Array(rows.length * width);
  let next = 0;
  for (const row of rows) {
    for (let column = 0; column < width; column += 1) {
      const value = (values[row * width + column] ?? Number.NaN) * scale;
      taken[next] = value;
      if (!Number.isFinite(taken[next])) throw invalidDataset(`${path}: row ${row}, value ${column} is not finite`);
      next += 1;
    }
  }
  return taken;
}

function takeLabels({ path, values }: NumericArray, rows: readonly number[], classes: number): Int32Array<ArrayBuffer> {
  return Int32Array.from(rows, (row) => {
    const label = values[row] ?? Number.NaN;
    if (Number.isInteger(label) && label >= 0 && label < classes) return label;
    throw invalidDataset(`${path}: row ${row} has the label ${label}, there are the classes 0 to ${classes - 1}`);
  });
}

function tensor(
  name: string,
  dataType: 'FP32' | 'INT32',
  shape: readonly number[],
  values: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>,
): Tensor {
  const bytes = values.length * ELEMENT_BYTES[dataType];
  return { name, dataType, shape, data: new Uint8Array(values.buffer, 0, bytes) };
}
