import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeCrypto, silentLog, systemClock } from '@sedge/kit';
import { temporaryFolder } from '@sedge/kit/testing';
import { digestOf, toUtf8 } from '@sedge/protocol';
import { exportMlpOnnx, initialMlpWeights } from '@sedge/runtime';
import { availableEngines } from '@sedge/runtime/available-engines';
import { afterAll, describe, expect, it } from 'vitest';
import { ModelHosts } from '../../src/models/model-hosts.ts';

const native = (await availableEngines()).find(({ name }) => name === 'onnx-node');
/** The command lines of the processes that this one has started. */
async function childCommands(): Promise<string[]> {
  const tasks = await readdir('/proc/self/task');
  const lists = await Promise.all(tasks.map((task) => readFile(`/proc/self/task/${task}/children`, 'utf8')));
  const pids = lists.join(' ').split(' ').filter(Boolean);
  return Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
}

describe('training of an ONNX model', () => {
  const ended: (() => Promise<void>)[] = [];
  afterAll(() => Promise.all(ended.map((end) => end())));

  it('runs on the engine that the node chose, in a host of its own', async ({ skip }) => {
    skip(native?.absent !== undefined, native?.absent);
    await using folder = await temporaryFolder();
    const weights = initialMlpWeights([4, 3, 2], toUtf8('hosts'));
    const file = exportMlpOnnx({ weights });
    const path = join(folder.path, 'model');
    await writeFile(path, file);
    const hosts = new ModelHosts({
      clock: systemClock,
      log: silentLog,
      isolation: 'process',
      engine: 'onnx-node',
      lowMemory: false,
      memoryBytesMax: 1024 ** 3,
      modelFolder: folder.path,
      choicePath: join(folder.path, 'engines.json'),
      cpuModel: () => 'test',
      onModelLost: () => undefined,
      onModelCrashed: () => undefined,
    });
    ended.push(() => hosts.stop());
    let whileTraining: Promise<string[]> = Promise.resolve([]);
    const labels = { name: 'labels', dataType: 'UINT8', shape: [2], data: Uint8Array.of(0, 1) } as const;
    const features = { name: 'features', dataType: 'FP32', shape: [2, 4], data: new Uint8Array(32) } as const;
    const { weights: after } = await hosts.train(
      {
        files: { format: 'onnx', artifact: { path, digest: digestOf(nodeCrypto, file) } },
        weights,
        examples: [features, labels],
        config: { epochs: 1, batchSize: 2, learningRate: 0.1, seed: 1n, proximal: 0 },
      },
      { timeoutMs: 60_000, onProgress: () => void (whileTraining = childCommands()) },
      'publisher',
    );
    expect(after.map(({ name }) => name)).toEqual(weights.map(({ name }) => name));
    const guests = (await whileTraining).filter((command) => command.includes('process-main'));
    // The host in which the engine proved itself has ended; what is left is the one that trains.
    expect(guests).toHaveLength(1);
    expect(await readFile(join(folder.path, 'engines.json'), 'utf8')).toContain('onnx-node');
  }, 60_000);
});
