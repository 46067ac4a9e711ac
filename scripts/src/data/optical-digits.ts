import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DIGIT_SCALE } from './digits.ts';
import type { DigitsTable } from './digits-table.ts';
import { byteRows, type LabelledSet } from './labelled-set.ts';
import { acceptPublished } from './published-digits.ts';
import { dataFolder } from './shared-file.ts';

/** 3,823 and 1,797 handwritten digits of 8 by 8 points, the latter by other writers; undefined where they do not lie here. */
export async function readOpticalDigits(): Promise<LabelledSet | undefined> {
  const folder = dataFolder('digits');
  if (folder === undefined) return undefined;
  const text = async (name: string) => gunzipSync(await readFile(join(folder, name))).toString('latin1');
  const tables = acceptPublished({
    train: await text('optdigits_train.csv.gz'),
    test: await text('optdigits_test.csv.gz'),
  });
  if (tables === undefined) return undefined;
  const rowsOf = ({ pixels, labels }: DigitsTable) => byteRows(pixels, labels);
  return { train: rowsOf(tables.train), test: rowsOf(tables.test), scale: DIGIT_SCALE };
}
