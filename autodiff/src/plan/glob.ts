/**
 * Whether a name matches a pattern in which `*` stands for any characters and `?` for one. Walks both once and goes back
 * only to the last star, so that no pattern takes longer than the product of the two lengths.
 */
export function matchesGlob(name: string, pattern: string): boolean {
  let [at, inPattern, star, afterStar] = [0, 0, -1, 0];
  while (at < name.length) {
    if (pattern[inPattern] === '*') {
      star = inPattern++;
      afterStar = at;
    } else if (pattern[inPattern] === '?' || pattern[inPattern] === name[at]) {
      at++;
      inPattern++;
    } else if (star >= 0) {
      inPattern = star + 1;
      at = ++afterStar;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(inPattern));
}
