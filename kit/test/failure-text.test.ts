import { SedgeError } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { failureText } from '../src/failure-text.ts';

const SAY = 'The node is not connected.';

describe('the last words of a program', () => {
  it('are the code with its text, and the detail on a line of its own', () => {
    expect(failureText(new SedgeError('NODE_OFFLINE', 'pi-7'), false)).toBe(`NODE_OFFLINE: ${SAY}\n  pi-7`);
  });

  it('do not say twice what the detail says already', () => {
    const error = new SedgeError('NODE_OFFLINE', `${SAY} (pi-7)`);
    expect(failureText(error, false)).toBe(`NODE_OFFLINE: ${SAY} (pi-7)`);
  });

  it('are one line of JSON for programs', () => {
    expect(JSON.parse(failureText(new SedgeError('NODE_OFFLINE', 'pi\n7'), true))).toEqual({
      error: { code: 'NODE_OFFLINE', say: SAY, detail: 'pi\n7', retry: 'later' },
    });
    expect(failureText(new SedgeError('NODE_OFFLINE', 'pi\n7'), true)).not.toContain('\n');
  });
});
