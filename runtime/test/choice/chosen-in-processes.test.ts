import { join } from 'node:path';
import { silentLog, systemClock } from '@sedge/kit';
import { temporaryFolder } from '@sedge/kit/testing';
import type { Digest } from '@sedge/protocol';
import { expect, it } from 'vitest';
import { EngineChooser } from '../../src/choice/engine-chooser.ts';
import { startProcessHost } from '../../src/host/process-host.ts';
import { onnxEngines } from '../engines/onnx-engines.ts';
import { smallNetwork } from '../onnx-check/crafted-onnx.ts';

it('an engine is chosen among those that are installed, each in a child process', async () => {
  await using folder = await temporaryFolder();
  const chooser = new EngineChooser({
    storePath: join(folder.path, 'choices.json'),
    cpuModel: 'of this machine',
    clock: systemClock,
    log: silentLog,
    budgets: { portableWarmUpMs: 50, nativeWarmUpMs: 10, measureMs: 20 },
    startHost: (engine) => {
      const kind = engine === 'onnx-node' ? 'native' : 'portable';
      return startProcessHost({ clock: systemClock, log: silentLog, kind });
    },
  });
  const digest = `sha256:${'a'.repeat(64)}` as Digest;
  const choice = await chooser.choose({ format: 'onnx', artifact: smallNetwork() }, digest);
  const measured = choice.probes.filter(({ medianMs, error }) => medianMs !== undefined && error === undefined);
  const names = onnxEngines.map(({ name }) => name as string);
  expect(names).toContain(choice.engine);
  // With one engine there is nothing to measure.
  expect(choice.reason).toBe(names.length > 1 ? 'fastest' : 'only');
  expect(measured.map(({ engine }) => engine)).toEqual(names.length > 1 ? expect.arrayContaining(names) : []);
  expect(await chooser.choose({ format: 'onnx', artifact: smallNetwork() }, digest)).toEqual(choice);
}, 60_000);
