/** Pixels of one 8×8 image. */
export const DIGIT_PIXELS = 64;
/** Full ink: each pixel counts the dark points of a 4×4 block. */
export const DIGIT_INK_MAX = 16;
export const DIGIT_CLASSES = 10;

/** Images and what they show, in the order of the file. */
export interface DigitsTable {
  /** 0 to 16, row by row, 64 per image. */
  readonly pixels: Uint8Array;
  /** 0 to 9. */
  readonly labels: Uint8Array;
}

/** The text that the checksums stand for: no spaces, LF line ends, the last line included. */
export function normaliseDigits(text: string): string {
  const lines = text.replaceAll(/[ \t\r]/g, '').split('\n');
  return lines
    .filter((line) => line !== '')
    .map((line) => `${line}\n`)
    .join('');
}

/** Reads 64 pixels and a label per line. Throws a RangeError that names the line. */
export function parseDigits(text: string): DigitsTable {
  const lines = normaliseDigits(text).split('\n').slice(0, -1);
  const pixels = new Uint8Array(lines.length * DIGIT_PIXELS);
  const labels = new Uint8Array(lines.length);
  for (const [row, line] of lines.entries()) {
    const values = line.split(',').map(toInk);
    const label = values[DIGIT_PIXELS] ?? Number.NaN;
    const isRow = values.length === DIGIT_PIXELS + 1 && !values.some(Number.isNaN) && label < DIGIT_CLASSES;
    if (!isRow) throw new RangeError(`line ${row + 1} is not 64 pixels of 0 to 16 and a digit`);
    pixels.set(values.slice(0, DIGIT_PIXELS), row * DIGIT_PIXELS);
    labels[row] = label;
  }
  return { pixels, labels };
}

/** NaN for anything but a whole number from 0 to 16; Number() would take an empty cell for 0. */
function toInk(cell: string): number {
  const value = /^\d{1,2}$/.test(cell) ? Number(cell) : Number.NaN;
  return value <= DIGIT_INK_MAX ? value : Number.NaN;
}

/** The normalised text of a table. */
export function formatDigits({ pixels, labels }: DigitsTable): string {
  const lines = Array.from(labels, (label, row) => {
    const image = pixels.subarray(row * DIGIT_PIXELS, (row + 1) * DIGIT_PIXELS);
    return `${image.join(',')},${label}\n`;
  });
  return lines.join('');
}
