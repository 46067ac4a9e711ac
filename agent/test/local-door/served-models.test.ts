import type { ModelManifest, ModelName, ModelStatus, SedgeError } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { functionOf, ServedModels, type ModelSource } from '../../src/local-door/served-models.ts';

const name = 'digits' as ModelName;

function manifestOf(version: number): ModelManifest {
  return { name, version, functions: [{ name: 'infer', inputs: [], outputs: [] }] } as unknown as ModelManifest;
}

/** An identity with these versions, in this order; those in `loading` are not ready. */
function source(versions: readonly number[], loading: readonly number[] = []): ModelSource {
  const status = (version: number, state: ModelStatus['state']): ModelStatus => ({ name, version, state });
  return {
    readyModels: () =>
      versions.map((version) => ({
        manifest: manifestOf(version),
        model: {} as never,
      })),
    modelStatuses: () => [
      ...versions.map((version) => status(version, 'ready')),
      ...loading.map((version) => status(version, 'loading')),
    ],
  };
}

function codeOf(run: () => unknown): string {
  try {
    run();
    return 'none';
  } catch (error) {
    return (error as SedgeError).code;
  }
}

describe('the models of several identities', () => {
  const models = new ServedModels([source([1, 3], [4]), source([3, 2]), source([], [2])]);

  it('are one list, the newest ready version first', () => {
    expect(models.readyVersions(name)).toEqual([3, 2, 1]);
    expect(models.resolve(name).manifest.version).toBe(3);
    expect(models.resolve(name, 2).manifest.version).toBe(2);
  });

  it('tell a version once, as ready where one of them has it ready', () => {
    expect(models.statuses().map(({ version, state }) => [version, state])).toEqual([
      [1, 'ready'],
      [3, 'ready'],
      [4, 'loading'],
      [2, 'ready'],
    ]);
  });

  it('tell what still loads from what is not there', () => {
    expect(codeOf(() => models.resolve(name, 4))).toBe('MODEL_NOT_LOADED');
    expect(codeOf(() => models.resolve(name, 5))).toBe('MODEL_NOT_FOUND');
    expect(codeOf(() => models.resolve('other' as ModelName))).toBe('MODEL_NOT_FOUND');
    expect(codeOf(() => new ServedModels([source([], [1])]).resolve(name))).toBe('MODEL_NOT_LOADED');
  });
});

describe('functionOf', () => {
  const manifest = manifestOf(1);

  it('is the first where none is named, and lists the known ones where the name is unknown', () => {
    expect(functionOf(manifest, undefined).name).toBe('infer');
    expect(() => functionOf(manifest, 'guess')).toThrow('FUNCTION_NOT_FOUND: digits@1 has infer');
  });
});
