import type { Resources } from '@sedge/protocol';
import type { BoardSource } from './board-source.ts';
import { wholeNumber } from './whole-number.ts';

type Throttling = NonNullable<Resources['throttling']>;
type Board = Pick<BoardSource, 'list' | 'readText' | 'run'>;
export type ThrottlingReason = 'heat' | 'under-voltage' | 'power' | 'frequency-cap';

const PLATFORM = '/sys/devices/platform';
const THERMAL = '/sys/class/thermal';
const HWMON = '/sys/class/hwmon';

/**
 * Bits of "now" that the firmware of a Raspberry Pi tells (Raspberry Pi documentation, "OS", get_throttled): those
 * above 15 say that something has happened since the start, and are no matter of this moment.
 */
const UNDER_VOLTAGE = 1;
const FREQUENCY_CAPPED = 2;
const THROTTLED = 4;
const SOFT_TEMPERATURE_LIMIT = 8;

/** Cooling devices of Jetson boards that stand for an alert of the chip, not for a fan or a clock (Linux for Tegra). */
const ALERT = /(-throttle-alert|^hot-surface-alert)$/;

/**
 * Counters of the over-current unit of Tegra234 (NVIDIA Jetson Linux Developer Guide, "Over-Current Event Status"):
 * the first counts under-voltage, the others mean and momentary over-current.
 */
const POWER_COUNTERS: ReadonlyMap<string, ThrottlingReason> = new Map([
  ['oc1_event_cnt', 'under-voltage'],
  ['oc2_event_cnt', 'power'],
  ['oc3_event_cnt', 'power'],
]);

/** Reads whether the board slows itself down; where it only counts events, by the difference to the reading before. */
export class ThrottlingMeter {
  readonly #board: Board;
  #counts: ReadonlyMap<string, number> = new Map();

  constructor(board: Board) {
    this.#board = board;
  }

  /** Undefined where the board cannot tell. */
  async read(): Promise<Throttling | undefined> {
    const sources = await Promise.all([
      firmwareReasons(this.#board),
      alertReasons(this.#board),
      this.#countedReasons(),
    ]);
    const told = sources.filter((reasons) => reasons !== undefined);
    if (told.length === 0) return undefined;
    const reasons = [...new Set(told.flat())];
    return { active: reasons.length > 0, reasons };
  }

  async #countedReasons(): Promise<ThrottlingReason[] | undefined> {
    const counters = await powerCounters(this.#board);
    const before = this.#counts;
    this.#counts = new Map(counters.map(({ path, count }) => [path, count]));
    if (counters.length === 0) return undefined;
    return counters.filter(({ path, count }) => count > (before.get(path) ?? count)).map(({ reason }) => reason);
  }
}

/** Of a Raspberry Pi. The file is asked first: the program is a process of its own. */
async function firmwareReasons(board: Board): Promise<ThrottlingReason[] | undefined> {
  if (!((await board.readText('/proc/device-tree/model')) ?? '').startsWith('Raspberry Pi')) return undefined;
  const text = (await firmwareFile(board)) ?? (await board.run('vcgencmd', ['get_throttled']));
  const digits = /^(?:throttled=)?(?:0x)?([0-9a-f]{1,8})\s*$/i.exec(text ?? '')?.[1];
  return digits === undefined ? undefined : reasonsOfBits(Number.parseInt(digits, 16));
}

/** The node of the firmware is `soc/soc:firmware` up to the Raspberry Pi 4, and has its address in its name after it. */
async function firmwareFile(board: Board): Promise<string | undefined> {
  for (const soc of (await board.list(PLATFORM)).filter((name) => name.startsWith('soc'))) {
    for (const child of (await board.list(`${PLATFORM}/${soc}`)).filter((name) => name.endsWith(':firmware'))) {
      const text = await board.readText(`${PLATFORM}/${soc}/${child}/get_throttled`);
      if (text !== undefined) return text;
    }
  }
  return undefined;
}

/** A Pi is throttled for low voltage or for heat; where the voltage is right it is the heat. */
export function reasonsOfBits(bits: number): ThrottlingReason[] {
  const isLow = (bits & UNDER_VOLTAGE) !== 0;
  const isHot = (bits & SOFT_TEMPERATURE_LIMIT) !== 0 || ((bits & THROTTLED) !== 0 && !isLow);
  return [
    ...(isLow ? (['under-voltage'] as const) : []),
    ...((bits & FREQUENCY_CAPPED) !== 0 ? (['frequency-cap'] as const) : []),
    ...(isHot ? (['heat'] as const) : []),
  ];
}

async function alertReasons(board: Board): Promise<ThrottlingReason[] | undefined> {
  const devices = (await board.list(THERMAL)).filter((name) => name.startsWith('cooling_device'));
  const states = await Promise.all(devices.map((name) => alertState(board, `${THERMAL}/${name}`)));
  const told = states.filter((state) => state !== undefined);
  if (told.length === 0) return undefined;
  return told.some((state) => state > 0) ? ['heat'] : [];
}

async function alertState(board: Board, device: string): Promise<number | undefined> {
  const type = (await board.readText(`${device}/type`))?.trim() ?? '';
  return ALERT.test(type) ? wholeNumber(await board.readText(`${device}/cur_state`)) : undefined;
}

interface PowerCounter {
  readonly path: string;
  readonly reason: ThrottlingReason;
  readonly count: number;
}

async function powerCounters(board: Board): Promise<PowerCounter[]> {
  const found: PowerCounter[] = [];
  for (const name of await board.list(HWMON)) {
    if ((await board.readText(`${HWMON}/${name}/name`))?.trim() !== 'soctherm_oc') continue;
    for (const [file, reason] of POWER_COUNTERS) {
      const path = `${HWMON}/${name}/${file}`;
      const count = wholeNumber(await board.readText(path));
      if (count !== undefined) found.push({ path, reason, count });
    }
  }
  return found;
}
