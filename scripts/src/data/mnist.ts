import { join } from 'node:path';
import { byteRows, type LabelledRows, type LabelledSet } from './labelled-set.ts';
import { dataFolder, idxValues } from './shared-file.ts';

/** 60,000 and 10,000 handwritten digits of 28 by 28 points (LeCun, Cortes); undefined where they do not lie here. */
export async function readMnist(): Promise<LabelledSet | undefined> {
  const folder = dataFolder('mnist');
  if (folder === undefined) return undefined;
  const train = await readPart(folder, 'train');
  return { train, test: await readPart(folder, 't10k'), scale: 1 / 255 };
}

async function readPart(folder: string, part: 'train' | 't10k'): Promise<LabelledRows> {
  const pixels = await idxValues(join(folder, `${part}-images-idx3-ubyte.gz`));
  return byteRows(Uint8Array.from(pixels), await idxValues(join(folder, `${part}-labels-idx1-ubyte.gz`)));
}
