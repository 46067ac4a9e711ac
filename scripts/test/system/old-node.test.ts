import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorCatalogue } from '@sedge/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../support/programs.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sedge-old-node-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A module that is loaded before the program and makes it see another version of Node. */
async function preloadOf(version: string): Promise<string[]> {
  const path = join(folder, `${version}.cjs`);
  const fake = { ...process.versions, node: version };
  await writeFile(
    path,
    `Object.defineProperty(process, 'versions', { value: ${JSON.stringify(fake)} });
Object.defineProperty(process, 'version', { value: 'v${version}' });`,
  );
  return ['--require', path];
}

const programs = ['scripts/run.mjs', 'cli/bin/sedge.js', 'agent/bin/sedge-agent.js'];

describe('an old Node', () => {
  it.each(programs.flatMap((program) => ['12.22.12', '18.20.8', '20.18.3'].map((version) => [program, version])))(
    'is refused by %s with NODE_VERSION: %s',
    async (program, version) => {
      const { status, stderr } = await runProgram(program, ['--help'], { nodeArgs: await preloadOf(version) });
      expect(status).toBe(1);
      expect(stderr).toContain('NODE_VERSION');
      expect(stderr).toContain(errorCatalogue.NODE_VERSION.say);
      expect(stderr).toContain(version);
    },
  );

  it.each(['cli/bin/sedge.js', 'agent/bin/sedge-agent.js'])('20.19.0 is new enough for %s', async (program) => {
    const { status, stdout } = await runProgram(program, ['--help'], { nodeArgs: await preloadOf('20.19.0') });
    expect(stdout).toContain('Usage:');
    expect(status).toBe(0);
  });
});
