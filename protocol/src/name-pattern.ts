import type { ParameterSpec } from './model.ts';

/** Whether a name fits a pattern in which `*` stands for any characters and `?` for one. */
export function matchesPattern(name: string, pattern: string): boolean {
  // Character by character with one point to go back to: a regular expression with many stars can take for ever.
  let [at, from, star, mark] = [0, 0, -1, 0];
  while (at < name.length) {
    if (pattern[from] === '*') [star, mark, from] = [from, at, from + 1];
    else if (pattern[from] === '?' || pattern[from] === name[at]) [at, from] = [at + 1, from + 1];
    else if (star >= 0) [from, mark, at] = [star + 1, mark + 1, mark + 1];
    else return false;
  }
  return /^\**$/.test(pattern.slice(from));
}

/** The parameters with names that fit a pattern, in their order; all of them without patterns. */
export function selectParameters(
  parameters: readonly ParameterSpec[],
  patterns: readonly string[] | undefined,
): readonly ParameterSpec[] {
  if (patterns === undefined) return parameters;
  return parameters.filter(({ name }) => patterns.some((pattern) => matchesPattern(name, pattern)));
}
