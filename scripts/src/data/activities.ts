import { join } from 'node:path';
import { floatRows, type LabelledRows, type LabelledSet } from './labelled-set.ts';
import { csvRecords, dataFolder, npyValues } from './shared-file.ts';
import { standardise } from './standardise.ts';

/** Features of a window: 11 statistics of each of 8 signals. */
const WIDTH = 88;
/** The basic activities; the others are short transitions between postures. */
const ACTIVITIES = 6;

/**
 * Smartphone-Based Recognition of Human Activities and Postural Transitions (Reyes-Ortiz et al. 2015): six activities,
 * 7,415 windows of 21 persons to train on and 1,617 of five others. Undefined where the set does not lie here.
 */
export async function readActivities(): Promise<LabelledSet | undefined> {
  const folder = dataFolder('har');
  if (folder === undefined) return undefined;
  const values = Float32Array.from(await npyValues(join(folder, 'features.npy.gz')));
  const windows = await csvRecords(join(folder, 'windows.csv'));
  const rowsOf = (part: string): LabelledRows => {
    const chosen = windows.flatMap(({ activity, split }, row) =>
      split === part && Number(activity) <= ACTIVITIES ? [{ row, label: Number(activity) - 1 }] : [],
    );
    return floatRows(
      chosen.map(({ row }) => values.subarray(row * WIDTH, (row + 1) * WIDTH)),
      chosen.map(({ label }) => label),
    );
  };
  return { ...standardise(rowsOf('train'), rowsOf('test')), scale: 1 };
}
