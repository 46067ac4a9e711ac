import { describe, expect, it } from 'vitest';
import { nodeVersionRefusal } from '../src/node-version.ts';

describe('nodeVersionRefusal', () => {
  it.each(['v20.19.0', 'v20.20.2', 'v22.0.0', 'v24.1.0', 'v100.0.0'])('takes %s', (version) => {
    expect(nodeVersionRefusal(version)).toBeUndefined();
  });

  it.each(['v20.18.3', 'v20.9.0', 'v18.20.4', 'v8.0.0'])(
    'refuses %s with NODE_VERSION and what to install',
    (version) => {
      expect(nodeVersionRefusal(version)).toMatch(/^NODE_VERSION: .*Install Node\.js 20\.19 or newer/);
      expect(nodeVersionRefusal(version)).toContain(version);
    },
  );
});
