import { invalidDataset } from './invalid-dataset.ts';
import type { SourceFile } from './source-file.ts';

/** Row positions from a JSON array, or from text with one number per line. Throws DATASET_INVALID. */
export function parseRowList({ path, content }: SourceFile, available: number): number[] {
  const text = new TextDecoder().decode(content).trim();
  const rows = text.startsWith('[') ? jsonRows(path, text) : lineRows(path, text);
  checkRows(path, rows, available);
  return rows;
}

function jsonRows(path: string, text: string): number[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value.map((item) => (typeof item === 'number' ? item : Number.NaN));
  } catch (error) {
    throw invalidDataset(`${path} is not valid JSON`, error);
  }
  throw invalidDataset(`${path} is not an array of numbers`);
}

function lineRows(path: string, text: string): number[] {
  if (text === '') return [];
  return text.split(/\r?\n/).map((line, index) => {
    if (/^\s*\d{1,15}\s*$/.test(line)) return Number(line);
    throw invalidDataset(`${path}: line ${index + 1} is not a row number`);
  });
}

function checkRows(path: string, rows: readonly number[], available: number): void {
  const seen = new Set<number>();
  for (const [index, row] of rows.entries()) {
    if (!Number.isInteger(row) || row < 0 || row >= available) {
      throw invalidDataset(`${path}: entry ${index} is ${row}, the source has the rows 0 to ${available - 1}`);
    }
    // An example that counts twice would also weigh twice in an average, and twice in what privacy promises.
    if (seen.has(row)) throw invalidDataset(`${path}: entry ${index} names row ${row} a second time`);
    seen.add(row);
  }
}
