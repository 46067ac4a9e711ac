import { silentLog, systemClock } from '@sedge/kit';
import { float32Tensor } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { startWorkerHost } from '../../src/host/worker-host.ts';
import { craftComponent } from '../crafted-component.ts';

/** Address and number of the tensors of an answer: 112 MB of zeros are four million empty tensors. */
const MILLIONS_OF_RECORDS =
  '(i32.store (i32.const 516) (i32.const 65536)) (i32.store (i32.const 520) (i32.const 4000000))';

describe('a worker thread', () => {
  // A child process has a heap of its own anyway; a thread could take its parent along.
  it('ends alone when a model answers with more records than its heap holds', async () => {
    const host = startWorkerHost({ clock: systemClock, log: silentLog });
    const x = [float32Tensor('x', [1], [1])];
    const greedy = await craftComponent({ infer: `${MILLIONS_OF_RECORDS} (i32.const 512)`, memory: '1800' });
    await host.open('greedy', { format: 'component', artifact: greedy });
    await host.open('honest', { format: 'component', artifact: await craftComponent() });
    await expect(host.run('greedy', 'infer', x, { timeoutMs: 60_000 })).rejects.toMatchObject({
      code: 'MODEL_OUT_OF_MEMORY',
    });
    expect(await host.run('honest', 'infer', x, { timeoutMs: 60_000 })).toHaveLength(1);
    await host.stop();
  }, 60_000);
});
