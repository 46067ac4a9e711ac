import { describe, expect, it } from 'vitest';
import { growthDemand } from '../../src/wasm/growth-demand.ts';
import { craftComponent } from '../crafted-component.ts';

describe('growthDemand', () => {
  it('tells the limits that stand in the file', async () => {
    expect(growthDemand(await craftComponent({ memory: '2 300', fields: '(table 4 5 funcref)' }))).toEqual({
      memory: { least: 2, most: 300 },
      tables: [{ least: 1 }, { least: 4, most: 5 }],
    });
  });

  it('has no maximum where the file has none', async () => {
    expect(growthDemand(await craftComponent({ memory: '3' })).memory).toEqual({ least: 3 });
  });
});
