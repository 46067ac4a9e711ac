import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The pages whose commands run, in the order in which somebody new reads them; the guides as their table has them. */
export const tutorial = ['README.md', ...guides()] as const;

export function readPage(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function guides(): string[] {
  const table = readPage('docs/guides/README.md').matchAll(/^\| [^|]+ \| \[[^\]]+\]\(([^)]+)\) \|$/gm);
  return [...table].map(([, name = '']) => `docs/guides/${name}`);
}
