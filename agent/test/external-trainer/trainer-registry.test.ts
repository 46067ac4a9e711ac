import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@sedge/kit/testing';
import type { ModelName } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { ANY_MODEL, type TrainerBinding } from '../../src/external-trainer/binding.ts';
import { TrainerRegistry } from '../../src/external-trainer/trainer-registry.ts';

const pull = (model: string, timeoutMs?: number): TrainerBinding => ({
  model: model as ModelName,
  trainer: { kind: 'pull' },
  ...(timeoutMs !== undefined && { timeoutMs }),
});

describe('the trainers of an identity', () => {
  it('are found by the name of their model, and the one of any model otherwise', async () => {
    await using folder = await temporaryFolder();
    const registry = new TrainerRegistry(join(folder.path, 'trainers'));
    expect(await registry.find('digits' as ModelName)).toBeUndefined();
    expect(await registry.list()).toEqual([]);
    await registry.add(pull('digits'));
    await registry.add(pull(ANY_MODEL));
    expect(await registry.find('digits' as ModelName)).toEqual(pull('digits'));
    expect(await registry.find('any' as ModelName)).toEqual(pull(ANY_MODEL));
    expect(await registry.list()).toEqual([pull(ANY_MODEL), pull('digits')]);
    // What they are started with is nobody else's business.
    expect((await stat(join(folder.path, 'trainers', 'digits.json'))).mode & 0o777).toBe(0o600);
  });

  it('are not put in the place of another one by accident', async () => {
    await using folder = await temporaryFolder();
    const registry = new TrainerRegistry(folder.path);
    await registry.add(pull('digits'));
    await expect(registry.add(pull('digits', 5))).rejects.toMatchObject({ code: 'TRAINER_EXISTS' });
    await registry.add(pull('digits', 5), { replace: true });
    expect(await registry.list()).toEqual([pull('digits', 5)]);
    await registry.remove('digits' as ModelName);
    await expect(registry.remove('digits' as ModelName)).rejects.toMatchObject({ code: 'TRAINER_NOT_FOUND' });
  });

  it('of a damaged file are an error, and not the model host by silence', async () => {
    await using folder = await temporaryFolder();
    await mkdir(folder.path, { recursive: true });
    await writeFile(join(folder.path, 'digits.json'), '{"format":1,"binding":{"model":"digits"}}');
    const registry = new TrainerRegistry(folder.path);
    await expect(registry.find('digits' as ModelName)).rejects.toMatchObject({ code: 'STATE_UNREADABLE' });
  });
});
