import { float32Tensor } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { componentEngine } from '../src/engines/component.ts';
import { onnxWebEngine } from '../src/engines/onnx-web.ts';
import { exportMlpOnnx } from '../src/export-onnx.ts';
import { layerTensors, largestDifference, mlpComponent, seededLayers, seededValues, valuesOf } from './mlp.ts';

describe('exportMlpOnnx', () => {
  it.each([[[784, 200, 200, 10]], [[64, 32, 10]], [[5, 3]]])(
    'of %j answers as the component does',
    async (sizes) => {
      const weights = layerTensors(seededLayers(sizes, 31));
      const features = [float32Tensor('features', [9, sizes[0] ?? 0], seededValues(4, 9 * (sizes[0] ?? 0)))];
      const onnx = await onnxWebEngine().open({ format: 'onnx', artifact: exportMlpOnnx({ weights }) });
      const component = await componentEngine({ log: () => undefined }).open({
        format: 'component',
        artifact: await mlpComponent(),
        weights,
      });
      expect(onnx.metadata.functions).toEqual(component.metadata.functions);
      const [[fromOnnx], [fromComponent]] = await Promise.all([
        onnx.run('infer', features),
        component.run('infer', features),
      ]);
      expect(largestDifference(valuesOf(fromOnnx), valuesOf(fromComponent))).toBeLessThanOrEqual(1e-5);
      await onnx.close();
    },
    60_000,
  );

  it('takes the weights in any order, and no others', () => {
    const weights = layerTensors(seededLayers([4, 3, 2], 1));
    expect(exportMlpOnnx({ weights: weights.toReversed() })).toEqual(exportMlpOnnx({ weights }));
    expect(() => exportMlpOnnx({ weights: weights.slice(1) })).toThrow('layer0.weight');
    expect(() => exportMlpOnnx({ weights: weights.slice(0, 3) })).toThrow('TENSOR_MISMATCH');
  });
});
