import type { CsvSource } from '../binding.ts';
import { invalidDataset } from '../invalid-dataset.ts';

/** Positions in a line, from 0. */
export interface CsvColumns {
  readonly features: readonly number[];
  readonly label: number | undefined;
}

/** Where the first line is a header, columns may be called by name. Throws DATASET_INVALID for one that is not there. */
export function findColumns(path: string, source: CsvSource, firstLine: readonly string[]): CsvColumns {
  const width = firstLine.length;
  const header = source.header ? firstLine : undefined;
  const find = (column: string | number): number => findColumn(path, column, header, width);
  const label = source.label === undefined ? undefined : find(source.label);
  const features = source.features?.map(find) ?? Array.from({ length: width }, (_, index) => index);
  if (source.features === undefined) return { features: features.filter((index) => index !== label), label };
  if (label !== undefined && features.includes(label)) {
    throw invalidDataset(`${path}: column ${label} is both the label and a feature`);
  }
  return { features, label };
}

function findColumn(
  path: string,
  column: string | number,
  header: readonly string[] | undefined,
  width: number,
): number {
  const found = typeof column === 'number' ? byPosition(column, width) : byName(path, column, header);
  if (found >= 0 && found < width) return found;
  throw invalidDataset(`${path} has no column ${JSON.stringify(column)}; it has ${width} columns`);
}

function byPosition(position: number, width: number): number {
  return position < 0 ? width + position : position;
}

function byName(path: string, name: string, header: readonly string[] | undefined): number {
  if (header === undefined) {
    throw invalidDataset(`${path} has no header line: name column ${JSON.stringify(name)} by its position`);
  }
  if (header.indexOf(name) !== header.lastIndexOf(name)) {
    throw invalidDataset(`${path} has two columns named ${JSON.stringify(name)}`);
  }
  return header.indexOf(name);
}
