import { fakeClock } from '@sedge/kit/testing';
import { describe, expect, it } from 'vitest';
import type { ModelFiles, ModelMetadata } from '../../src/engine.ts';
import { HostGroups } from '../../src/host/host-groups.ts';
import type { ModelHost } from '../../src/host/model-host.ts';

const IDLE_MS = 1_000;
const component: ModelFiles = { format: 'component', artifact: new Uint8Array() };
const native: ModelFiles = { format: 'onnx', artifact: new Uint8Array(), engine: 'onnx-node' };
const metadata: ModelMetadata = { engine: 'component', provider: 'wasm', functions: [], trainable: false };
const config = { epochs: 1, batchSize: 1, learningRate: 1, seed: 0n, proximal: 0 };
const job = { files: component, weights: [], examples: [], config };

/** Groups over hosts that only say what they were asked. */
function groupsOverSpies(open: (id: string) => Promise<ModelMetadata> = () => Promise.resolve(metadata)) {
  const clock = fakeClock();
  const said: string[] = [];
  const groups = new HostGroups({
    clock,
    idleMs: IDLE_MS,
    startHost(kind, group) {
      const say = (what: string): Promise<never[]> => {
        said.push(`${kind} ${group}: ${what}`);
        return Promise.resolve([]);
      };
      const host: Partial<ModelHost> = {
        depth: 1,
        open: async (id) => {
          await say(`open ${id}`);
          return open(id);
        },
        run: (id) => say(`run ${id}`),
        close: async (id) => void (await say(`close ${id}`)),
        train: async () => {
          await say('train');
          return { weights: [], metrics: [] };
        },
        stop: async () => void (await say('stop')),
      };
      return host as ModelHost;
    },
  });
  return { groups, clock, said };
}

describe('hosts by trust group', () => {
  it('keeps groups apart, native engines apart from portable ones, and trainings apart from both', async () => {
    const { groups, said } = groupsOverSpies();
    await groups.open('a', component, 'ours');
    await groups.open('b', component, 'theirs');
    await groups.open('c', native, 'ours');
    await groups.open('d', component, 'ours');
    await groups.train(job, { timeoutMs: 1 }, 'ours');
    await groups.run('d', 'infer', [], { timeoutMs: 1 });
    expect(said).toEqual([
      'portable inference-ours: open a',
      'portable inference-theirs: open b',
      'native inference-ours: open c',
      'portable inference-ours: open d',
      'portable training-ours: train',
      'portable inference-ours: run d',
    ]);
    expect(groups.depth).toBe(4);
  });

  it('stops a host some time after its last model was closed, and starts another one when it is needed', async () => {
    const { groups, clock, said } = groupsOverSpies();
    await groups.open('a', component, 'ours');
    await groups.open('b', component, 'ours');
    await groups.close('a');
    await clock.advance(IDLE_MS);
    await groups.close('b');
    await clock.advance(IDLE_MS - 1);
    expect(said).not.toContain('portable inference-ours: stop');
    await clock.advance(1);
    expect(said.at(-1)).toBe('portable inference-ours: stop');
    await groups.open('a', component, 'ours');
    expect(said.at(-1)).toBe('portable inference-ours: open a');
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps a host that gets another model before it is stopped', async () => {
    const { groups, clock, said } = groupsOverSpies();
    await groups.open('a', component, 'ours');
    await groups.close('a');
    await clock.advance(IDLE_MS - 1);
    await groups.open('b', component, 'ours');
    await clock.advance(IDLE_MS);
    expect(said).not.toContain('portable inference-ours: stop');
  });

  it('does not keep a host for a model that could not be opened', async () => {
    const { groups, clock, said } = groupsOverSpies(() => Promise.reject(new Error('refused')));
    await expect(groups.open('a', component, 'ours')).rejects.toThrow('refused');
    await expect(groups.run('a', 'infer', [], { timeoutMs: 1 })).rejects.toMatchObject({ code: 'MODEL_NOT_LOADED' });
    await clock.advance(IDLE_MS);
    expect(said.at(-1)).toBe('portable inference-ours: stop');
  });

  it('moves a model that is opened with another engine to another host', async () => {
    const { groups, said } = groupsOverSpies();
    await groups.open('a', component, 'ours');
    await groups.open('a', native, 'ours');
    expect(said.slice(1)).toEqual(['portable inference-ours: close a', 'native inference-ours: open a']);
  });

  it('stops all hosts, and refuses models until it is started again', async () => {
    const { groups, clock, said } = groupsOverSpies();
    await groups.open('a', component, 'ours');
    await groups.open('b', component, 'theirs');
    await groups.stop();
    await groups.stop();
    expect(said.slice(2)).toEqual(['portable inference-ours: stop', 'portable inference-theirs: stop']);
    await expect(groups.open('a', component, 'ours')).rejects.toMatchObject({ code: 'STOPPING' });
    await groups.start();
    await groups.open('a', component, 'ours');
    expect(clock.pendingTimers).toBe(0);
  });
});
