import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { makeBindings } from '../scripts/bindings.ts';

const folder = new URL('../src/generated/', import.meta.url);

describe('the committed bindings', () => {
  it('are, byte for byte, what the contract generates', async () => {
    const made = await makeBindings();
    expect((await readdir(folder)).toSorted()).toEqual(Object.keys(made).toSorted());
    for (const [name, text] of Object.entries(made)) {
      expect((await readFile(new URL(name, folder), 'utf8')) === text, `${name}: run "npm run generate"`).toBe(true);
    }
  });
});
