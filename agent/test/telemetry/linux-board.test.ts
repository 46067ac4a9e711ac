import { describe, expect, it } from 'vitest';
import { linuxBoard } from '../../src/telemetry/linux-board.ts';

const board = linuxBoard({ nodeVersion: 'v20', arch: 'x64', residentBytes: () => 1, cpuMs: () => 2 });

describe('a program of the board', () => {
  it('gives what it writes, and sees nothing of the environment', async () => {
    expect(await board.run('echo', ['throttled=0x0'])).toBe('throttled=0x0\n');
    expect(await board.run('env', [])).toBe('PATH=/usr/bin:/bin:/usr/local/bin:/opt/vc/bin\n');
  });

  it('that is not there, fails or writes without end gives nothing', async () => {
    expect(await board.run('no-such-program-of-a-board', [])).toBeUndefined();
    expect(await board.run('no-such-program-of-a-board', [])).toBeUndefined();
    expect(await board.run('false', [])).toBeUndefined();
    expect(await board.run('yes', [])).toBeUndefined();
  });
});
