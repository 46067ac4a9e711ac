import { readFile } from 'node:fs/promises';
import { birth, ENGINE_NAMES } from '@sedge/protocol';
import { expect, it } from 'vitest';
import { nodeEngines, usableEngines } from '../../src/telemetry/engines.ts';

it('lists every engine, with the version that the runtime depends on and the reason for an absent one', async () => {
  const engines = await nodeEngines();
  expect(birth.shape.engines.parse(engines)).toEqual(engines);
  expect(engines.map(({ name }) => name)).toEqual([...ENGINE_NAMES]);
  const runtime = await readFile(new URL('../../../runtime/package.json', import.meta.url), 'utf8');
  const { dependencies } = JSON.parse(runtime) as { dependencies: Record<string, string> };
  const wit = await readFile(new URL('../../../wasm-models/wit/model.wit', import.meta.url), 'utf8');
  expect(engines[0]?.version).toBe(/package sedge:model@([\d.]+)/.exec(wit)?.[1]);
  expect(engines[1]?.version).toBe(dependencies['onnxruntime-web']);
});

it('counts an engine as usable only if nothing speaks against it', () => {
  const formats: ['onnx'] = ['onnx'];
  const absent = { name: 'onnx-node', version: '1', formats, absent: 'no binary for linux arm' };
  expect(usableEngines([{ name: 'onnx-web', version: '1', formats }, absent])).toEqual(['onnx-web']);
});

it.skipIf(process.platform !== 'linux')('loads no native library to find out', async () => {
  await nodeEngines();
  expect(await readFile('/proc/self/maps', 'utf8')).not.toContain('onnxruntime');
});
