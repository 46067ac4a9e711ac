const GAP = '  ';
const WIDTH_MIN = 6;

/**
 * Rows under a heading, cut to fit the terminal: the widest column gives way first, the first one never, because it
 * holds the name that the next command needs.
 */
export function table(headings: readonly string[], rows: readonly (readonly string[])[], columns = 80): string[] {
  const all = [headings, ...rows];
  const widths = fittingWidths(
    headings.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))),
    columns,
  );
  return all.map((row) => lineOf(row, widths));
}

/** Names and values, one pair a line. */
export function pairs(entries: Readonly<Record<string, string | number | undefined>>): string[] {
  const shown = Object.entries(entries).filter(([, value]) => value !== undefined && value !== '');
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}${GAP}${value}`);
}

function fittingWidths(widths: readonly number[], columns: number): number[] {
  const fitting = [...widths];
  const room = columns - GAP.length * (widths.length - 1);
  while (sum(fitting) > room) {
    const widest = fitting.indexOf(Math.max(...fitting.slice(1)), 1);
    if ((fitting[widest] ?? 0) <= WIDTH_MIN) break;
    fitting[widest] = (fitting[widest] ?? 0) - 1;
  }
  return fitting;
}

function lineOf(row: readonly string[], widths: readonly number[]): string {
  return widths
    .map((width, column) => cut(row[column] ?? '', width).padEnd(width))
    .join(GAP)
    .trimEnd();
}

function cut(text: string, width: number): string {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
