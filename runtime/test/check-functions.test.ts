import fc from 'fast-check';
import { DATA_TYPES, functionSpec, limits, type FunctionSpec } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { areFunctions } from '../src/check-functions.ts';

const size = fc.oneof(fc.integer({ min: -3, max: 5 }), fc.constant(1.5), fc.constant(2 ** 60));
const tensors = fc.array(
  fc.record({
    name: fc.oneof(fc.string({ maxLength: 4 }), fc.constant('x'.repeat(257))),
    dataType: fc.constantFrom(...DATA_TYPES, 'COMPLEX64' as 'FP32'),
    shape: fc.array(size, { maxLength: limits.tensorRankMax + 1, size: 'max' }),
  }),
  { maxLength: 3 },
);
const name = fc.oneof(
  fc.constantFrom('infer', 'a.b-c_1', ''),
  fc.string({ maxLength: 3 }),
  fc.constant('f'.repeat(65)),
);

describe('areFunctions', () => {
  it('says of every function what the schema of manifests says', () => {
    fc.assert(
      fc.property(fc.record({ name, inputs: tensors, outputs: tensors }), (spec) => {
        expect(areFunctions([spec])).toBe(functionSpec.safeParse(spec).success);
      }),
      { numRuns: 500 },
    );
  });

  it('bounds functions and tensors as manifests do', () => {
    const spec: FunctionSpec = { name: 'infer', inputs: [], outputs: [] };
    const tensor = { name: 'x', dataType: 'FP32', shape: [1] } as const;
    const many = (count: number) => Array.from({ length: count }, () => ({ ...tensor, shape: [1] }));
    expect(areFunctions(Array.from({ length: 64 }, () => spec))).toBe(true);
    expect(areFunctions(Array.from({ length: 65 }, () => spec))).toBe(false);
    expect(areFunctions([{ ...spec, inputs: many(64) }])).toBe(true);
    expect(areFunctions([{ ...spec, outputs: many(65) }])).toBe(false);
  });
});
