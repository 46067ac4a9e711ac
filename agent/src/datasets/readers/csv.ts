import { CsvError, type Options } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import type { CsvSource } from '../binding.ts';
import type { DatasetLimits } from '../dataset-limits.ts';
import type { SourceRows } from '../examples.ts';
import { invalidDataset } from '../invalid-dataset.ts';
import type { SourceFile } from '../source-file.ts';
import { type CsvColumns, findColumns } from './csv-columns.ts';

type Cells = readonly string[];

/** Rows of a text file with one example per line. Throws DATASET_INVALID that names row (from 0) and column. */
export function parseCsv(
  file: SourceFile,
  source: CsvSource,
  classes: readonly string[],
  limits: DatasetLimits,
): SourceRows {
  const { path } = file;
  let table: CsvTable | undefined;
  forEachLine(file, source, limits, (cells) => {
    if (table !== undefined) return table.add(cells);
    table = new CsvTable(path, findColumns(path, source, cells), classes, limits.rowsMax);
    if (source.header) table.checkHeader(cells);
    else table.add(cells);
  });
  if (table === undefined) throw invalidDataset(`${path} is empty`);
  return table.finish();
}

/** Line by line, so that the text of a large file never lies in memory as cells. */
function forEachLine(
  { path, content }: SourceFile,
  { delimiter }: CsvSource,
  { recordBytesMax }: DatasetLimits,
  take: (cells: Cells) => void,
): void {
  const options: Options = {
    bom: true,
    delimiter,
    max_record_size: recordBytesMax,
    skip_empty_lines: true,
    trim: true,
    on_record: (cells: unknown) => {
      take(cells as Cells);
      return null;
    },
  };
  try {
    parse(Buffer.from(content.buffer, content.byteOffset, content.byteLength), options);
  } catch (error) {
    throw error instanceof CsvError ? invalidDataset(`${path}: ${error.message}`, error) : error;
  }
}

const FIRST_CAPACITY_ROWS = 1_024;

/** The numbers of the rows so far. */
class CsvTable {
  readonly #path: string;
  readonly #columns: CsvColumns;
  readonly #positions: ReadonlyMap<string, number>;
  readonly #rowsMax: number;
  #features: Float64Array;
  #labels = new Int32Array(FIRST_CAPACITY_ROWS);
  #rows = 0;

  constructor(path: string, columns: CsvColumns, classes: readonly string[], rowsMax: number) {
    this.#path = path;
    this.#columns = columns;
    this.#positions = new Map(classes.map((name, position) => [name, position]));
    this.#rowsMax = rowsMax;
    this.#features = new Float64Array(FIRST_CAPACITY_ROWS * columns.features.length);
  }

  /** Without this a file without a header line would quietly lose its first row. */
  checkHeader(header: Cells): void {
    if (this.#columns.features.every((column) => toNumber(header[column]) !== undefined)) {
      throw invalidDataset(
        `${this.#path}: the header line holds only numbers; if it is a row, bind it with "header": false`,
      );
    }
  }

  add(cells: Cells): void {
    if (this.#rows === this.#rowsMax) throw invalidDataset(`${this.#path} has more than ${this.#rowsMax} rows`);
    this.#makeRoom();
    const { features, label } = this.#columns;
    const start = this.#rows * features.length;
    for (const [index, column] of features.entries()) this.#features[start + index] = this.#number(cells, column);
    if (label !== undefined) this.#labels[this.#rows] = this.#classPosition(cells, label);
    this.#rows += 1;
  }

  finish(): SourceRows {
    const path = this.#path;
    const { features, label } = this.#columns;
    const labels = { path, shape: [this.#rows], values: this.#labels };
    return {
      features: { path, shape: [this.#rows, features.length], values: this.#features },
      labels: label === undefined ? undefined : labels,
    };
  }

  #makeRoom(): void {
    if (this.#rows < this.#labels.length) return;
    const features = new Float64Array(this.#features.length * 2);
    features.set(this.#features);
    this.#features = features;
    const labels = new Int32Array(this.#labels.length * 2);
    labels.set(this.#labels);
    this.#labels = labels;
  }

  #number(cells: Cells, column: number): number {
    const value = toNumber(cells[column]);
    if (value === undefined) throw this.#badCell(cells, column, 'a number');
    return value;
  }

  #classPosition(cells: Cells, column: number): number {
    const position = this.#positions.get(cells[column] ?? '');
    if (position === undefined) throw this.#badCell(cells, column, 'one of the classes');
    return position;
  }

  #badCell(cells: Cells, column: number, expected: string): Error {
    const cell = cells[column] ?? '';
    const shown = JSON.stringify(cell.length > 40 ? `${cell.slice(0, 40)}…` : cell);
    return invalidDataset(`${this.#path}: row ${this.#rows}, column ${column} holds ${shown}, not ${expected}`);
  }
}

/** A plain decimal number; what else Number() takes (empty, hexadecimal) is a mistake in a data file. */
function toNumber(cell: string | undefined): number | undefined {
  if (cell === undefined || !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell)) return undefined;
  return Number(cell);
}
