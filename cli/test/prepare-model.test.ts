import { decodeSafetensors, float32Tensor, toUtf8, type ModelName } from '@sedge/protocol';
import { exportMlpOnnx, initialMlpWeights, mlpParameters } from '@sedge/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { withLocalHost } from '../src/local-host.ts';
import { prepareModel, prepareWith } from '../src/prepare-model.ts';

const LAYERS = [4, 3, 2];
const own = initialMlpWeights(LAYERS, toUtf8('prepare'));
const artifact = new Uint8Array(exportMlpOnnx({ weights: own }));
const content = { name: 'mlp' as ModelName, format: 'onnx', artifact } as const;

let prepared: Awaited<ReturnType<typeof prepareModel>>;
beforeAll(async () => {
  prepared = await prepareModel(content, {});
}, 30_000);

describe('an ONNX file to publish', () => {
  it('gets the parameters that it has and their values beside it', () => {
    expect(prepared.described.parameters).toEqual(mlpParameters(LAYERS));
    expect(decodeSafetensors(prepared.content.weights ?? new Uint8Array())).toEqual(own);
    expect(prepared.described.inspection).toMatchObject({ trainable: true, reasons: [] });
  });

  it('answers the same with these weights as without', async () => {
    const features = float32Tensor('features', [2, 4], [0.1, -2, 3, 0.4, 5, 0, -1, 2]);
    const weights = decodeSafetensors(prepared.content.weights ?? new Uint8Array());
    const [alone, beside] = await withLocalHost(async (host) => {
      await host.open('alone', { format: 'onnx', artifact });
      await host.open('beside', { format: 'onnx', artifact, weights });
      const ask = (id: string) => host.run(id, 'infer', [features], { timeoutMs: 10_000 });
      return Promise.all([ask('alone'), ask('beside')]);
    });
    expect(alone).toHaveLength(1);
    expect(beside).toEqual(alone);
  });

  it('may be trained in a part, or not at all', async () => {
    const [head, none] = await withLocalHost((host) =>
      Promise.all([
        prepareWith(host, content, { trainable: ['layer1.*'] }),
        prepareWith(host, content, { notTrainable: true }),
      ]),
    );
    expect(head?.described.parameters?.map(({ name }) => name)).toEqual(['layer1.weight', 'layer1.bias']);
    expect(none).toMatchObject({ content: { artifact } });
    expect(none?.content.weights ?? none?.described.parameters).toBeUndefined();
  });

  it('is refused where no parameter has the asked name', async () => {
    const asked = withLocalHost((host) => prepareWith(host, content, { trainable: ['head.*'] }));
    await expect(asked).rejects.toMatchObject({ code: 'MODEL_NOT_TRAINABLE' });
  });

  it('with more parameters than an update may carry says so, and what to do', async () => {
    const large = float32Tensor('w', [17 * 1024 * 1024], new Float32Array(17 * 1024 * 1024));
    const host = {
      inspect: () =>
        Promise.resolve({
          format: 'onnx' as const,
          sizeBytes: 1,
          functions: [],
          operators: [],
          parameters: [],
          trainable: { yes: true as const, parameters: [] },
        }),
      parameters: () => Promise.resolve([large]),
    };
    await expect(prepareWith(host, content, {})).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      detail: expect.stringContaining('--trainable'),
    });
  });
});
