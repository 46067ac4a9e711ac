import { float32Tensor, float32Values } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { disagreement } from '../../src/choice/agreement.ts';
import { goldenModel } from '../../src/choice/golden-model.ts';
import { onnxEngines } from '../engines/onnx-engines.ts';

describe('the golden model', () => {
  it.each(onnxEngines)('is answered by $name as by plain loops', async ({ make }) => {
    const { artifact, input, expected } = goldenModel();
    const session = await make().open({ format: 'onnx', artifact });
    const outputs = await session.run('infer', [input]);
    await session.close();
    expect(disagreement([expected], outputs, { absolute: 1e-6, relative: 0 })).toBeUndefined();
  });

  it('has an answer that a wrong one can be told from', () => {
    const { expected } = goldenModel();
    const values = float32Values(expected);
    expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 6);
    expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(0.1);
    const wrong = values.map((value, index) => value + (index === 3 ? 2e-4 : 0));
    const answer = float32Tensor(expected.name, expected.shape, wrong);
    expect(disagreement([expected], [answer], { absolute: 1e-4, relative: 0 })).toContain('differs');
  });
});
