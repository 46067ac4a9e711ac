import type { Resources, SheddingReason } from '@sedge/protocol';

export interface SheddingLimits {
  /** From here on the board is too hot; 0 for never. */
  readonly temperatureC: number;
  /** Down from here on a battery that is emptied is low; 0 for never. */
  readonly batteryFraction: number;
}

/** Both are kept, so that a board which cools down while its battery is low stays as it is. */
export interface Shedding {
  readonly isHot: boolean;
  readonly isLow: boolean;
}

export const TAKES_WORK: Shedding = { isHot: false, isLow: false };

/** Work is taken again only when things are so much better, so that a node at the limit does not come and go. */
const COOLER_C = 5;
const FULLER = 0.05;

type Reading = Pick<Resources, 'temperatureC' | 'throttling' | 'battery'>;

/** What follows from a reading of the board. What a board does not tell is no reason. */
export function afterReading(before: Shedding, reading: Reading, limits: SheddingLimits): Shedding {
  return { isHot: isHot(before, reading, limits), isLow: isLow(before, reading, limits) };
}

export function reasonOf({ isHot: hot, isLow: low }: Shedding): SheddingReason | undefined {
  if (hot) return 'hot';
  return low ? 'battery' : undefined;
}

function isHot(before: Shedding, { temperatureC, throttling }: Reading, limits: SheddingLimits): boolean {
  if (limits.temperatureC === 0) return false;
  if (throttling?.reasons.includes('heat') === true) return true;
  if (temperatureC === undefined) return false;
  return before.isHot ? temperatureC > limits.temperatureC - COOLER_C : temperatureC >= limits.temperatureC;
}

function isLow(before: Shedding, { battery }: Reading, { batteryFraction }: SheddingLimits): boolean {
  if (batteryFraction === 0 || battery?.discharging !== true) return false;
  return before.isLow ? battery.chargeFraction < batteryFraction + FULLER : battery.chargeFraction <= batteryFraction;
}
