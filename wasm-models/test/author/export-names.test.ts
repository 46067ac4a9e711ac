import { describe, expect, it } from 'vitest';
import { contractName } from '../../src/author/export-names.ts';

describe('contractName', () => {
  it('gives functions of the contract their names in the canonical ABI', () => {
    expect(contractName('inference_infer')).toBe('sedge:model/inference@0.1.0#infer');
    expect(contractName('training_begin')).toBe('sedge:model/training@0.1.0#begin');
  });

  it('leaves other exports alone', () => {
    expect(contractName('cabi_realloc')).toBeUndefined();
    expect(contractName('memory')).toBeUndefined();
  });
});
