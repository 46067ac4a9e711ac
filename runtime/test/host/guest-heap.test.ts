import { silentLog, systemClock } from '@sedge/kit';
import { float32Tensor } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { startProcessHost } from '../../src/host/process-host.ts';
import { startWorkerHost } from '../../src/host/worker-host.ts';
import { craftComponent } from '../crafted-component.ts';

/** Address and number of the tensors of an answer: 112 MB of zeros are four million empty tensors. */
const MILLIONS_OF_RECORDS =
  '(i32.store (i32.const 516) (i32.const 65536)) (i32.store (i32.const 520) (i32.const 4000000))';

/** A thread could take its parent along; a child process has a heap of its own. */
describe.each([
  ['a worker thread', startWorkerHost],
  ['a child process', startProcessHost],
])('%s', (_form, startHost) => {
  it('ends alone when a model answers with more records than its heap holds, and names the model', async () => {
    const crashed: string[] = [];
    const onModelCrashed = (id: string, { code }: { readonly code: string }): void =>
      void crashed.push(`${id} ${code}`);
    const host = startHost({ clock: systemClock, log: silentLog, onModelCrashed });
    const x = [float32Tensor('x', [1], [1])];
    const greedy = await craftComponent({ infer: `${MILLIONS_OF_RECORDS} (i32.const 512)`, memory: '1800' });
    await host.open('greedy', { format: 'component', artifact: greedy });
    await host.open('honest', { format: 'component', artifact: await craftComponent() });
    const ends = expect(host.run('greedy', 'infer', x, { timeoutMs: 60_000 })).rejects;
    await ends.toMatchObject({ code: 'MODEL_OUT_OF_MEMORY' });
    expect(crashed).toEqual(['greedy MODEL_OUT_OF_MEMORY']);
    expect(await host.run('honest', 'infer', x, { timeoutMs: 60_000 })).toHaveLength(1);
    await host.stop();
  }, 60_000);
});
