/** Numbers, times and faults as people read them. */
import type { z } from 'zod';

export function percentWords(fraction: number | undefined): string {
  return fraction === undefined ? '' : `${(100 * fraction).toFixed(1)} %`;
}

export function numberWords(value: number | undefined, digits = 3): string {
  return value === undefined ? '' : value.toFixed(digits);
}

/** `2026-11-22T10:15:30.123Z` without what a table has no room for. */
export function timeWords(iso: string | undefined): string {
  return iso === undefined ? '' : iso.slice(0, 19).replace('T', ' ');
}

/** Day and minute, for tables with little room. */
export function minuteWords(iso: string | undefined): string {
  return timeWords(iso).slice(5, 16);
}

/** Enough of a digest or key id to tell two apart. */
export function shortDigest(digest: string): string {
  return digest.replace('sha256:', '').slice(0, 12);
}

/** What is wrong with a value, with the path of each fault. */
export function issueWords(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
}
