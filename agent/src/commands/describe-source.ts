import { parse } from 'csv-parse/sync';
import { SedgeError } from '@sedge/protocol';
import type { CsvSource, DatasetBinding, DatasetSchema } from '../datasets/binding.ts';
import { defaultDatasetLimits } from '../datasets/dataset-limits.ts';
import type { NumericArray } from '../datasets/examples.ts';
import { findColumns } from '../datasets/readers/csv-columns.ts';
import { parseIdx } from '../datasets/readers/idx.ts';
import { parseNpy } from '../datasets/readers/npy.ts';
import { readSourceFile, type SourceFile } from '../datasets/source-file.ts';

type DatasetSource = DatasetBinding['source'];

/** What the owner said of the schema; the rest is read from the files. */
export interface SchemaFlags {
  readonly shape?: readonly number[];
  readonly classes?: readonly string[];
}

/** The schema that a source shows by itself. Throws DATASET_INVALID. */
export async function describeSource(source: DatasetSource, { shape, classes }: SchemaFlags): Promise<DatasetSchema> {
  if (shape !== undefined && classes !== undefined) return { features: { shape: [...shape] }, classes: [...classes] };
  const found = source.kind === 'csv' ? await describeCsv(source) : await describeArrays(source);
  return { features: { shape: [...(shape ?? found.features.shape)] }, classes: [...(classes ?? found.classes)] };
}

/** Whether the first line of a CSV file holds names: some cell of it is no number. */
export async function hasHeader(path: string, delimiter: string): Promise<boolean> {
  const [first = []] = cellsOf(await read(path), delimiter, 1);
  return first.some((cell) => cell === '' || Number.isNaN(Number(cell)));
}

async function describeCsv(source: CsvSource): Promise<DatasetSchema> {
  const lines = cellsOf(await read(source.path), source.delimiter);
  const columns = findColumns(source.path, source, lines[0] ?? []);
  const { label } = columns;
  const labels = label === undefined ? [] : lines.slice(source.header ? 1 : 0).map((cells) => cells[label] ?? '');
  return { features: { shape: [columns.features.length] }, classes: classNames(labels) };
}

async function describeArrays(source: Exclude<DatasetSource, CsvSource>): Promise<DatasetSchema> {
  const parseFile = source.kind === 'npy' ? parseNpy : parseIdx;
  const features = parseFile(await read(source.features));
  const labels = source.labels === undefined ? undefined : parseFile(await read(source.labels));
  return { features: { shape: features.shape.slice(1) }, classes: labels === undefined ? [] : countedNames(labels) };
}

/** Numbers from 0 where labels are numbers, so that a class without an example keeps its place; else sorted names. */
function classNames(labels: readonly string[]): string[] {
  const distinct = [...new Set(labels)];
  if (distinct.length > 0 && distinct.every((label) => /^\d{1,5}$/.test(label))) {
    return positions(Math.max(...distinct.map(Number)) + 1);
  }
  return distinct.sort();
}

function countedNames({ values }: NumericArray): string[] {
  let highest = -1;
  for (let index = 0; index < values.length; index += 1) highest = Math.max(highest, values[index] ?? 0);
  return positions(highest + 1);
}

/** The names "0", "1", … of classes that are only counted. */
function positions(count: number): string[] {
  return Array.from({ length: count }, (_, position) => String(position));
}

function read(path: string): Promise<SourceFile> {
  return readSourceFile(path, defaultDatasetLimits.fileBytesMax);
}

function cellsOf({ path, content }: SourceFile, delimiter: string, lines?: number): string[][] {
  const options = { bom: true, delimiter, skip_empty_lines: true, trim: true, ...(lines && { to: lines }) };
  try {
    return parse(Buffer.from(content.buffer, content.byteOffset, content.byteLength), options);
  } catch (cause) {
    throw new SedgeError('DATASET_INVALID', `${path}: ${(cause as Error).message}`, { cause, expose: true });
  }
}
