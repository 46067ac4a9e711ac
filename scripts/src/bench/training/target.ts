import { rounded } from '../benchmark.ts';

/** A figure next to what it should be. */
export interface Judged {
  readonly value: number;
  readonly target: string;
  readonly met: boolean;
}

export function atMost(value: number, limit: number, unit = ''): Judged {
  return { value: rounded(value), target: `≤ ${limit}${unit}`, met: value <= limit };
}

export function atLeast(value: number, limit: number, unit = ''): Judged {
  return { value: rounded(value), target: `≥ ${limit}${unit}`, met: value >= limit };
}

export function judgedLine(name: string, { value, target, met }: Judged): string {
  return `${name}: ${value} (target ${target}${met ? '' : ', missed'})`;
}
