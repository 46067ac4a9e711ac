import { float32Tensor, type Tensor } from '@sedge/protocol';
import { templateFolder, type Language } from '@sedge/wasm-models';
import { buildComponent, hasClang } from '@sedge/wasm-models/author';
import { beforeAll, describe, expect, it } from 'vitest';
import { componentEngine } from '../../src/engines/component.ts';
import type { Session } from '../../src/engine.ts';
import { largestDifference, seededValues, valuesOf } from '../mlp.ts';

const COLUMNS = 7;
const TOLERANCE = 1e-6;
const mean = seededValues(1, COLUMNS);
const scale = seededValues(2, COLUMNS).map((value) => value + 2);
const weight = seededValues(3, COLUMNS);
const vectors = { mean, scale, weight, bias: Float32Array.of(0.25) };
const weights = Object.entries(vectors).map(([name, values]) => float32Tensor(name, [values.length], values));

/** The formula of both templates, in float64. */
function expectedScores(readings: Float32Array): number[] {
  return Array.from({ length: readings.length / COLUMNS }, (_, row) => {
    const terms = Array.from(weight, (factor, column) => {
      const reading = readings[row * COLUMNS + column] ?? 0;
      return (factor * (reading - (mean[column] ?? 0))) / (scale[column] ?? 1);
    });
    return 1 / (1 + Math.exp(-terms.reduce((sum, term) => sum + term, 0.25)));
  });
}

/** The templates are the examples of both languages: the same model, so the same answers. */
describe.each<Language>(['assemblyscript', 'c'])('the template in %s', (language) => {
  let isMissing = false;
  let artifact: Uint8Array;
  beforeAll(async () => {
    isMissing = language === 'c' && !(await hasClang());
    if (isMissing) return;
    artifact = await buildComponent({ folder: templateFolder(language), language, world: 'edge-model' });
  }, 120_000);

  function open(given?: readonly Tensor[]): Promise<Session> {
    const files = { format: 'component', artifact, ...(given && { weights: given }) } as const;
    return componentEngine({ log: () => undefined }).open(files);
  }

  it('agrees with the formula, for no row and for many', async ({ skip }) => {
    skip(isMissing, 'the optional package @yowasp/clang is not installed');
    const session = await open(weights);
    for (const rows of [0, 1, 33]) {
      const readings = seededValues(rows + 4, rows * COLUMNS).map((value) => value * 5);
      const [score] = await session.run('score', [float32Tensor('readings', [rows, COLUMNS], readings)]);
      expect(largestDifference(valuesOf(score), expectedScores(readings))).toBeLessThanOrEqual(TOLERANCE);
    }
  });

  it('knows its columns after load, and refuses other ones', async ({ skip }) => {
    skip(isMissing, 'the optional package @yowasp/clang is not installed');
    expect((await open()).metadata.functions[0]?.inputs[0]?.shape).toEqual([-1, -1]);
    const session = await open(weights);
    expect(session.metadata.functions[0]?.inputs[0]?.shape).toEqual([-1, COLUMNS]);
    await expect(session.run('score', [float32Tensor('readings', [1, 2], new Float32Array(2))])).rejects.toMatchObject({
      code: 'TENSOR_MISMATCH',
    });
  });

  it('refuses weights that do not fit together, and answers nothing without any', async ({ skip }) => {
    skip(isMissing, 'the optional package @yowasp/clang is not installed');
    const short = weights.map((tensor) =>
      tensor.name === 'scale' ? float32Tensor('scale', [1], scale.slice(0, 1)) : tensor,
    );
    const zero = weights.map((tensor) =>
      tensor.name === 'scale' ? float32Tensor('scale', [COLUMNS], new Float32Array(COLUMNS)) : tensor,
    );
    for (const bad of [short, zero, weights.slice(1), []])
      await expect(open(bad)).rejects.toMatchObject({ code: 'WEIGHTS_REFUSED' });
    const call = (await open()).run('score', [float32Tensor('readings', [1, COLUMNS], mean)]);
    await expect(call).rejects.toThrow('load the weights first');
  });

  it('gives back the memory of its calls', async ({ skip }) => {
    skip(isMissing, 'the optional package @yowasp/clang is not installed');
    const session = await open(weights);
    const rows = 10_000;
    const readings = float32Tensor('readings', [rows, COLUMNS], seededValues(9, rows * COLUMNS));
    // 2,000 answers of 320 kB in and out are 640 MB: more than the 512 MiB that an instance may have.
    for (let count = 0; count < 2_000; count += 1) await session.run('score', [readings]);
    expect(session.metadata.functions).toHaveLength(1);
  });
});
