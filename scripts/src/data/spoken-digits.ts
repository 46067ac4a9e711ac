import { join } from 'node:path';
import { floatRows, type LabelledRows, type LabelledSet } from './labelled-set.ts';
import { csvRecords, dataFolder, npyValues } from './shared-file.ts';

/** 48 frames of 20 bands. */
const WIDTH = 960;
/** A byte q stands for q / 255 · 9.5 − 6, the logarithm of the energy. */
const STEP = 9.5 / 255;
const LEAST = -6;

/**
 * Free Spoken Digit Dataset: logarithmic mel energies of 2,250 clips to train on and 250 to test, the takes 0 to 4 of
 * each speaker. Each clip has its own mean taken away, for speakers were recorded at different levels. Undefined where
 * the set does not lie here.
 */
export async function readSpokenDigits(): Promise<LabelledSet | undefined> {
  const folder = dataFolder('fsdd');
  if (folder === undefined) return undefined;
  const bytes = Uint8Array.from(await npyValues(join(folder, 'logmel.npy.gz')));
  const clips = await csvRecords(join(folder, 'index.csv'));
  const rowsOf = (part: string): LabelledRows => {
    const chosen = clips.flatMap(({ digit, split }, row) => (split === part ? [{ row, label: Number(digit) }] : []));
    return floatRows(
      chosen.map(({ row }) => centred(bytes.subarray(row * WIDTH, (row + 1) * WIDTH))),
      chosen.map(({ label }) => label),
    );
  };
  return { train: rowsOf('train'), test: rowsOf('test'), scale: 1 };
}

function centred(clip: Uint8Array): Float32Array {
  const values = Float32Array.from(clip, (byte) => byte * STEP + LEAST);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map((value) => value - mean);
}
