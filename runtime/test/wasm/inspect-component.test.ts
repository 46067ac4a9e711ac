import { describe, expect, it } from 'vitest';
import { inspectComponent } from '../../src/wasm/inspect-component.ts';
import { craftComponent } from '../crafted-component.ts';

const STEPS = ['magic', 'sections', 'imports', 'exports', 'limits', 'compile'];

describe('the report on a component', () => {
  it('tells of every step, in the order in which it is opened', async () => {
    const { steps, isAccepted, trainable } = inspectComponent(await craftComponent());
    expect(steps).toEqual(STEPS.map((step) => ({ step, outcome: 'passed' })));
    expect(isAccepted).toBe(true);
    expect(trainable).toBe(false);
  });

  it('says which step refused, with what code and why, and skips the rest', async () => {
    const { steps, isAccepted } = inspectComponent(await craftComponent({ memory: '9' }), {
      memoryPagesMax: 8,
      tableEntriesMax: 10,
    });
    expect(isAccepted).toBe(false);
    expect(steps.map(({ outcome }) => outcome).join(' ')).toBe('passed passed passed passed refused skipped');
    expect(steps[4]).toMatchObject({
      code: 'COMPONENT_LIMIT_EXCEEDED',
      detail: expect.stringContaining('8 are allowed'),
    });
  });
});
