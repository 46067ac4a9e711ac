import { manifestOf } from '../support/onnx-manifest.ts';
import { silentLog, systemClock } from '@sedge/kit';
import { fakeClock } from '@sedge/kit/testing';
import { SedgeError, toUtf8, type ContentRef, type Digest } from '@sedge/protocol';
import { exportMlpOnnx, initialMlpWeights, mlpParameters, type ModelHost } from '@sedge/runtime';
import { describe, expect, it } from 'vitest';
import { modelInspector } from '../../src/models/model-inspector.ts';
import { openHouse, sealManifest, trustedPublisher, type House } from '../support/house.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const LAYERS = [4, 3, 2];
const perceptron = exportMlpOnnx({ weights: initialMlpWeights(LAYERS, toUtf8('inspector')) });

function inspectorOf(house: House) {
  return modelInspector({ clock: systemClock, log: silentLog, blobs: house.rooms.blobs });
}

describe('a look into an ONNX file, in a process of its own', () => {
  it('tells operators, weights and that it can be trained', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const inspection = await inspectorOf(house)(manifestOf(await house.rooms.blobs.add([perceptron])));
    expect(inspection).toMatchObject({ trainable: true, reasons: [], parameters: mlpParameters(LAYERS) });
    expect(inspection?.operators).toContainEqual({ operator: 'Gemm', count: 2 });
  });

  it('says why it knows nothing of a file that is cut off', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path);
    const inspection = await inspectorOf(house)(manifestOf(await house.rooms.blobs.add([perceptron.slice(0, 90)])));
    expect(inspection?.trainable).toBe('unknown');
    expect(inspection?.reasons[0]?.reason).toContain('ONNX_MALFORMED');
  });
});

describe('publishing an ONNX version', () => {
  it.each([
    ['parameters that the file does not have', [{ name: 'head', shape: [2] }]],
    ['parameters of another shape', [{ name: 'layer0.bias', shape: [4] }]],
  ])('refuses %s', async (_, parameters) => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path, { clock: systemClock as never });
    const publisher = await trustedPublisher(house.rooms);
    const manifest = sealManifest(publisher, {
      format: 'onnx',
      artifact: await house.rooms.blobs.add([perceptron]),
      parameters,
    });
    await expect(house.rooms.models.publish({ manifest })).rejects.toMatchObject({ code: 'TENSOR_MISMATCH' });
    expect(house.rooms.models.list(10)).toEqual([]);
  });

  it('shows what was seen, also after a restart', async () => {
    await using folder = await temporaryFolder();
    await using house = await openHouse(folder.path, { clock: systemClock as never });
    const publisher = await trustedPublisher(house.rooms);
    const artifact = await house.rooms.blobs.add([perceptron]);
    const manifest = sealManifest(publisher, { format: 'onnx', artifact, parameters: mlpParameters(LAYERS) });
    const { inspection, name, version } = await house.rooms.models.publish({ manifest });
    expect(inspection).toMatchObject({ trainable: true });
    await house.stop();
    await using again = await openHouse(folder.path);
    expect(again.rooms.models.getVersion({ name, version }).inspection).toEqual(inspection);
  });
});

/** A host that does with an inspection what it is told. */
function inspectorWith(inspect: () => Promise<never>, clock = fakeClock()) {
  let stopped = 0;
  const host = { inspect, start: () => Promise.resolve(), stop: () => Promise.resolve(void (stopped += 1)) };
  const blobs = { folder: '/nowhere', pathOf: () => '/nowhere/file' };
  const startHost = () => host as unknown as ModelHost;
  return { inspector: modelInspector({ clock, log: silentLog, blobs, startHost }), stopped: () => stopped, clock };
}

describe('a hostile file', () => {
  const manifest = manifestOf({ digest: `sha256:${'c'.repeat(64)}` as Digest, sizeBytes: 9 } satisfies ContentRef);

  it('that ends its host is unknown, and the host is gone', async () => {
    const crashed = () => Promise.reject(new SedgeError('MODEL_CRASHED', 'the process ended with SIGSEGV'));
    const { inspector, stopped } = inspectorWith(crashed);
    const reasons = [{ reason: 'MODEL_CRASHED: the process ended with SIGSEGV' }];
    expect(await inspector(manifest)).toEqual({ trainable: 'unknown', reasons });
    expect(stopped()).toBe(1);
  });

  it('that never ends delays publishing by eight seconds at most', async () => {
    const { clock, inspector, stopped } = inspectorWith(() => new Promise(() => undefined));
    const looking = inspector(manifest);
    await clock.advance(8_000);
    expect(await looking).toMatchObject({
      trainable: 'unknown',
      reasons: [{ reason: expect.stringContaining('MODEL_TIMEOUT') }],
    });
    expect(stopped()).toBe(1);
  });

  it('of another format is not looked into', async () => {
    const { inspector, stopped } = inspectorWith(() => Promise.reject(new Error('never asked')));
    expect(await inspector({ ...manifest, format: 'component' })).toBeUndefined();
    expect(stopped()).toBe(0);
  });
});
