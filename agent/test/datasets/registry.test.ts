import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { collectingLog } from '@sedge/kit/testing';
import type { DatasetName } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { DatasetRegistry } from '../../src/datasets/registry.ts';
import { refusalOf, type SourceFolder, sourceFolder } from './source-folder.ts';

const NAME = 'xor' as DatasetName;
const HELD = { name: 'xor', examples: 2, featureShape: [2], classes: 2 };

function registryIn(folder: SourceFolder) {
  const log = collectingLog();
  return { log, registry: new DatasetRegistry({ folder: join(folder.path, 'datasets'), log }) };
}

async function xorBinding(folder: SourceFolder, name = 'xor') {
  const path = await folder.write('xor.csv', '0,1,odd\n1,1,even\n');
  const source = { kind: 'csv', path, header: false, label: 2 };
  return { name, source, schema: { features: { shape: [2] }, classes: ['even', 'odd'] } };
}

describe('DatasetRegistry', () => {
  it('keeps what was added, for the next start as well', async () => {
    await using folder = await sourceFolder();
    expect(await registryIn(folder).registry.add(await xorBinding(folder))).toEqual(HELD);
    const { registry } = registryIn(folder);
    expect((await registry.list()).map(({ held }) => held)).toEqual([HELD]);
    expect((await registry.get(NAME)).binding).toMatchObject({ name: 'xor', scale: 1 });
    expect((await registry.open(NAME)).count).toBe(2);
  });

  it('lists nothing before the first data set, and all in the order of their names', async () => {
    await using folder = await sourceFolder();
    const { registry } = registryIn(folder);
    expect(await registry.list()).toEqual([]);
    for (const name of ['c', 'a', 'b']) await registry.add(await xorBinding(folder, name));
    expect((await registry.list()).map(({ held }) => held.name)).toEqual(['a', 'b', 'c']);
  });

  it('stores nothing that cannot be read', async () => {
    await using folder = await sourceFolder();
    const { registry } = registryIn(folder);
    const binding = await xorBinding(folder);
    await folder.write('xor.csv', '0,1,odd\n1,one,even\n');
    expect(await refusalOf(registry.add(binding))).toContain('row 1, column 1 holds "one"');
    expect(await registry.list()).toEqual([]);
  });

  it('keeps the first data set of a name unless it is told to replace it', async () => {
    await using folder = await sourceFolder();
    const { registry } = registryIn(folder);
    const binding = await xorBinding(folder);
    await registry.add(binding);
    const other = { ...binding, scale: 2 };
    expect(await refusalOf(registry.add(other))).toBe('DATASET_EXISTS: xor is bound already');
    expect((await registry.get(NAME)).binding.scale).toBe(1);
    await registry.add(other, { replace: true });
    expect((await registry.get(NAME)).binding.scale).toBe(2);
  });

  it('tells when a file is no longer the one that was added', async () => {
    await using folder = await sourceFolder();
    const { registry } = registryIn(folder);
    const binding = await xorBinding(folder);
    await registry.add(binding);
    await folder.write('xor.csv', '0,1,odd\n1,1,odd\n');
    const refusal = await refusalOf(registry.open(NAME));
    expect(refusal).toBe(
      `DATASET_INVALID: ${join(folder.path, 'xor.csv')} has changed since xor was added; add it again with --replace`,
    );
    await registry.add(binding, { replace: true });
    expect((await registry.open(NAME)).count).toBe(2);
    await rm(join(folder.path, 'xor.csv'));
    expect(await refusalOf(registry.open(NAME))).toContain('cannot be read: ENOENT');
  });

  it('removes the binding and leaves the file of the owner', async () => {
    await using folder = await sourceFolder();
    const { registry } = registryIn(folder);
    await registry.add(await xorBinding(folder));
    await registry.remove(NAME);
    expect(await registry.list()).toEqual([]);
    expect(await readdir(folder.path)).toContain('xor.csv');
    expect(await refusalOf(registry.remove(NAME))).toMatch(/^DATASET_NOT_FOUND: /);
    expect(await refusalOf(registry.get(NAME))).toMatch(/^DATASET_NOT_FOUND: /);
    expect(await refusalOf(registry.open(NAME))).toMatch(/^DATASET_NOT_FOUND: /);
  });

  it('leaves a damaged file out of the list, says so, and refuses to open it', async () => {
    await using folder = await sourceFolder();
    const { registry, log } = registryIn(folder);
    await registry.add(await xorBinding(folder));
    await registry.add(await xorBinding(folder, 'whole'));
    await writeFile(join(folder.path, 'datasets', 'xor.json'), '{"format": 1,');
    expect((await registry.list()).map(({ held }) => held.name)).toEqual(['whole']);
    expect(log.entries).toMatchObject([{ level: 'warn', fields: { dataset: 'xor' } }]);
    expect(await refusalOf(registry.open(NAME))).toContain('is damaged');
  });

  it('leaves no half-written file behind and hides the bindings from other users', async () => {
    await using folder = await sourceFolder();
    await registryIn(folder).registry.add(await xorBinding(folder));
    expect(await readdir(join(folder.path, 'datasets'))).toEqual(['xor.json']);
    expect((await stat(join(folder.path, 'datasets', 'xor.json'))).mode & 0o077).toBe(0);
  });
});
