import { float32Tensor, float32Values, type Tensor } from '@sedge/protocol';
import type { LabelledRows } from './labelled-set.ts';

/** Every column minus its mean, divided by its deviation, both of the training rows: the others must not be known yet. */
export function standardise(train: LabelledRows, test: LabelledRows): { train: LabelledRows; test: LabelledRows } {
  const columns = momentsOf(train.features);
  const scaled = (rows: LabelledRows): LabelledRows => ({ ...rows, features: scale(rows.features, columns) });
  return { train: scaled(train), test: scaled(test) };
}

interface Moments {
  readonly mean: number;
  readonly deviation: number;
}

function momentsOf(features: Tensor): Moments[] {
  const values = float32Values(features);
  const [rows = 0, width = 0] = features.shape;
  return Array.from({ length: width }, (_, column) => {
    const cells = Array.from({ length: rows }, (__, row) => values[row * width + column] ?? Number.NaN);
    const mean = cells.reduce((sum, cell) => sum + cell, 0) / rows;
    const variance = cells.reduce((sum, cell) => sum + (cell - mean) ** 2, 0) / rows;
    // A column that never changes says nothing, and must not become infinite.
    return { mean, deviation: Math.sqrt(variance) || 1 };
  });
}

function scale(features: Tensor, columns: readonly Moments[]): Tensor {
  const values = float32Values(features).map((value, index) => {
    const { mean = 0, deviation = 1 } = columns[index % columns.length] ?? {};
    return (value - mean) / deviation;
  });
  return float32Tensor(features.name, features.shape, values);
}
