/** A name this far off, per character of the longer one, was not meant. */
const DISTANCE_PER_CHARACTER_MAX = 0.4;
/** Longer input is no misspelling; it would only cost time. */
const LENGTH_MAX = 128;

/**
 * The known name that was probably meant, or undefined if none is near. Upper and lower case count as equal.
 * Of equally near ones the first.
 */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  if (name.length > LENGTH_MAX) return undefined;
  let nearest: string | undefined;
  let nearestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    const allowed = Math.max(name.length, candidate.length) * DISTANCE_PER_CHARACTER_MAX;
    if (distance > allowed || distance >= nearestDistance) continue;
    nearest = candidate;
    nearestDistance = distance;
  }
  return nearest;
}

/**
 * Insertions, deletions, replacements and swaps of neighbours that turn one text into the other: the optimal string
 * alignment distance (Damerau 1964, in the form in which no part is edited twice).
 */
export function editDistance(from: string, to: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = at(previous, column - 1) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const edited = Math.min(replaced, at(previous, column) + 1, at(current, column - 1) + 1);
      const swapped = isSwap(from, row, to, column) ? at(beforePrevious, column - 2) + 1 : edited;
      current.push(Math.min(edited, swapped));
    }
    [beforePrevious, previous] = [previous, current];
  }
  return at(previous, to.length);
}

function isSwap(from: string, row: number, to: string, column: number): boolean {
  return row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
}

function at(distances: readonly number[], column: number): number {
  return distances[column] ?? Number.POSITIVE_INFINITY;
}
