import { SedgeError } from '@sedge/protocol';

/** First and last byte, both included, as in HTTP. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

const SINGLE = /^bytes=(\d{0,15})-(\d{0,15})$/;

/**
 * The one range that a request asks for (RFC 9110 §14.2). Undefined for the whole: no header, another unit, several
 * ranges, which a server may answer so. Throws RANGE_NOT_SATISFIABLE.
 */
export function byteRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const [, from = '', to = ''] = SINGLE.exec(header ?? '') ?? [];
  if (from === '' && to === '') return undefined;
  const range = from === '' ? suffix(Number(to), sizeBytes) : between(Number(from), to, sizeBytes);
  if (range.start <= range.end && range.start < sizeBytes) return range;
  throw new SedgeError('RANGE_NOT_SATISFIABLE', `${header} of ${sizeBytes} bytes`, { expose: true });
}

function suffix(count: number, sizeBytes: number): ByteRange {
  return { start: count === 0 ? sizeBytes : Math.max(0, sizeBytes - count), end: sizeBytes - 1 };
}

function between(start: number, to: string, sizeBytes: number): ByteRange {
  return { start, end: to === '' ? sizeBytes - 1 : Math.min(Number(to), sizeBytes - 1) };
}
