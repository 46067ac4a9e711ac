import { float32Tensor, type ParameterSpec, type RoundOffer, type Tensor } from '@sedge/protocol';
import type { TrainerJob } from '../../src/external-trainer/trainer-job.ts';

export const PARAMETERS: readonly ParameterSpec[] = [
  { name: 'layer0.weight', shape: [2, 2] },
  { name: 'layer0.bias', shape: [2] },
];

export function roundWeights(value = 1): Tensor[] {
  return PARAMETERS.map(({ name, shape }) => {
    const count = shape.reduce((product, size) => product * size, 1);
    return float32Tensor(name, shape, new Float32Array(count).fill(value));
  });
}

/** A round of two parameters and three rows. */
export function smallJob(local: Partial<NonNullable<RoundOffer['local']>> = {}): TrainerJob {
  const labels = new Uint8Array(Int32Array.of(0, 1, 0).buffer);
  return {
    offer: {
      run: 'run-1',
      round: 3,
      attempt: 1,
      model: { name: 'digits', version: 2 },
      weights: `sha256:${'0'.repeat(64)}`,
      parameters: PARAMETERS,
      dataset: 'rows',
      local: { epochs: 2, batchSize: 2, learningRate: 0.1, proximal: 0, ...local },
      seed: 's',
      timeoutMs: 10_000,
    } as unknown as RoundOffer,
    seed: 2n ** 63n + 1n,
    // Not in the order of the parameters.
    weights: roundWeights().reverse(),
    examples: [
      float32Tensor('features', [3, 2], [1, 2, 3, 4, 5, 6]),
      { name: 'labels', dataType: 'INT32', shape: [3], data: labels },
    ],
    count: 3,
  };
}
