import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DIGIT_INK_MAX, type DigitsTable, formatDigits } from './digits-table.ts';
import type { DigitsTables } from './published-digits.ts';

/** Digits as models take them. */
export interface DigitExamples {
  /** 64 per row, ink divided by 16. */
  readonly features: Float32Array<ArrayBuffer>;
  readonly labels: Uint8Array;
  readonly rows: number;
}

export interface Digits {
  readonly train: DigitExamples;
  readonly test: DigitExamples;
}

/** By how much the ink in the file is multiplied; a binding of the file to a data set needs it too. */
export const DIGIT_SCALE = 1 / DIGIT_INK_MAX;

export function digitsOf({ train, test }: DigitsTables): Digits {
  return { train: examplesOf(train), test: examplesOf(test) };
}

function examplesOf({ pixels, labels }: DigitsTable): DigitExamples {
  return { features: Float32Array.from(pixels, (ink) => ink * DIGIT_SCALE), labels, rows: labels.length };
}

export interface DigitFiles {
  readonly train: string;
  readonly test: string;
}

/** Writes both tables as CSV (no header, label last) for programs that read files, and gives the paths. */
export async function writeDigits(folder: string, { train, test }: DigitsTables): Promise<DigitFiles> {
  await mkdir(folder, { recursive: true });
  const files = { train: join(folder, 'digits-train.csv'), test: join(folder, 'digits-test.csv') };
  await writeFile(files.train, formatDigits(train));
  await writeFile(files.test, formatDigits(test));
  return files;
}
