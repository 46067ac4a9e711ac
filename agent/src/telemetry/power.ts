import type { BoardSource } from './board-source.ts';
import { wholeNumber } from './whole-number.ts';

type Files = Pick<BoardSource, 'list' | 'readText'>;

const HWMON = '/sys/class/hwmon';
/** Inputs of an INA3221, a meter of three rails (Linux: hwmon/ina3221). */
const INPUTS = [1, 2, 3] as const;
/** The rail of a Jetson through which everything goes, where the module has one meter before all others. */
const WHOLE_BOARD: ReadonlySet<string> = new Set(['VDD_IN', 'POM_5V_IN']);

/** What the whole board draws, by the meter of a Jetson; undefined where only parts of it are measured. */
export async function powerW(board: Files): Promise<number | undefined> {
  for (const name of await board.list(HWMON)) {
    if ((await board.readText(`${HWMON}/${name}/name`))?.trim() !== 'ina3221') continue;
    for (const input of INPUTS) {
      const watts = await wholeBoardW(board, `${HWMON}/${name}`, input);
      if (watts !== undefined) return watts;
    }
  }
  return undefined;
}

/** Millivolts times milliamperes. */
async function wholeBoardW(board: Files, folder: string, input: number): Promise<number | undefined> {
  if (!WHOLE_BOARD.has((await board.readText(`${folder}/in${input}_label`))?.trim() ?? '')) return undefined;
  const voltage = wholeNumber(await board.readText(`${folder}/in${input}_input`));
  const current = wholeNumber(await board.readText(`${folder}/curr${input}_input`));
  return voltage === undefined || current === undefined ? undefined : Math.max(0, voltage * current) / 1e6;
}
