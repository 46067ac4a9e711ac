import { silentLog, systemClock } from '@sedge/kit';
import { expect, it, vi } from 'vitest';
import { onnxNodeEngine } from '../../src/engines/onnx-node.ts';
import { startWorkerHost } from '../../src/host/worker-host.ts';
import { smallNetwork } from '../onnx-check/crafted-onnx.ts';

vi.mock('onnxruntime-node', () => {
  throw new Error('libc.musl-x86_64.so.1: cannot open shared object file');
});

it('the native engine says why it does not load', async () => {
  const opened = onnxNodeEngine().open({ format: 'onnx', artifact: smallNetwork() });
  await expect(opened).rejects.toMatchObject({
    code: 'ENGINE_UNAVAILABLE',
    detail: expect.stringContaining('onnxruntime-node does not load'),
  });
});

it('the native engine refuses to run in a thread, whose end would be the end of the process', async () => {
  const host = startWorkerHost({ clock: systemClock, log: silentLog });
  await host.start();
  const opened = host.open('model', { format: 'onnx', artifact: smallNetwork(), engine: 'onnx-node' });
  await expect(opened).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE', detail: expect.stringContaining('thread') });
  await host.stop();
});
