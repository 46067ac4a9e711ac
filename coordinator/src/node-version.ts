/** The oldest Node.js that this runs on. */
const OLDEST = [20, 19] as const;

/** What to tell the owner of a Node.js that is too old; undefined for a fit one. Only syntax of old ones stands here. */
export function nodeVersionRefusal(version: string): string | undefined {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const isFit = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
  if (isFit) return undefined;
  return `NODE_VERSION: This Node.js is too old. Install Node.js 20.19 or newer. (found ${version}; see https://nodejs.org/en/download)`;
}
