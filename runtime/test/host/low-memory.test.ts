import { silentLog, systemClock } from '@sedge/kit';
import { toUtf8 } from '@sedge/protocol';
import { afterAll, describe, expect, it } from 'vitest';
import { exportMlpOnnx } from '../../src/export-onnx.ts';
import { LOW_MEMORY } from '../../src/host/low-memory.ts';
import { startProcessHost } from '../../src/host/process-host.ts';
import { initialMlpWeights } from '../../src/weights.ts';
import { privateBytesPeak } from '../hostile/private-bytes.ts';

const artifact = exportMlpOnnx({ weights: initialMlpWeights([64, 32, 10], toUtf8('low memory')) });
const features = { name: 'features', dataType: 'FP32', shape: [1, 64], data: new Uint8Array(256) } as const;

describe.skipIf(process.platform !== 'linux')('a host with little memory', () => {
  const hosts = [false, true].map((lowMemory) => startProcessHost({ clock: systemClock, log: silentLog, lowMemory }));
  afterAll(() => Promise.all(hosts.map((host) => host.stop())));

  it('answers as any other one, and holds less while it does', async () => {
    const peaks: number[] = [];
    const answers: unknown[] = [];
    for (const host of hosts) {
      await host.open('model', { format: 'onnx', artifact });
      const peak = privateBytesPeak(async () => {
        for (let call = 0; call < 50; call += 1) {
          answers.push(await host.run('model', 'infer', [features], { timeoutMs: 30_000 }));
        }
        await host.stop();
      });
      peaks.push(await peak);
    }
    expect(answers.at(0)).toEqual(answers.at(-1));
    const [usual = 0, small = 0] = peaks;
    expect(LOW_MEMORY.flags).toContain('--no-liftoff');
    expect(small).toBeLessThan(usual);
  }, 60_000);
});
