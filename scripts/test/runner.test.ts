import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nearestCommand } from '../runner/commands.mjs';
import { isStamped, treeContent, treeHash, writeStamp } from '../runner/stamp.mjs';
import { counted } from '../runner/test.mjs';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sedge-runner-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the count of tests', () => {
  const file = (status: string, assertionResults: unknown[]) => ({ status, assertionResults });

  it('is that of the report', () => {
    const report = { numPassedTests: 7, numFailedTests: 0, numPendingTests: 2, numTodoTests: 1, testResults: [] };
    expect(counted(report, 0)).toEqual({ passed: 7, failed: 0, skipped: 3 });
  });

  it('has a failure for a file that did not load', () => {
    const testResults = [file('failed', []), file('failed', [{}]), file('passed', [{}])];
    expect(counted({ numPassedTests: 1, numFailedTests: 1, numPendingTests: 0, testResults }, 1).failed).toBe(2);
  });

  it('has a failure when the tests passed and the run did not, and when there is no report', () => {
    expect(counted({ numPassedTests: 3, numFailedTests: 0, testResults: [] }, 1).failed).toBe(1);
    expect(counted(undefined, 1)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

describe('a stamp', () => {
  it('holds for the files that it was made of, and no longer when one changes', async () => {
    await mkdir(join(folder, 'src', 'deep'), { recursive: true });
    const path = join(folder, 'src', 'deep', 'one.ts');
    await writeFile(path, 'one');
    await utimes(path, 1, 1);
    const [state, content] = [treeHash([join(folder, 'src')]), treeContent([join(folder, 'src')])];
    writeStamp(join(folder, 'stamps', 'build'), state);
    expect(isStamped(join(folder, 'stamps', 'build'), treeHash([join(folder, 'src')]))).toBe(true);

    await writeFile(path, 'two');
    expect(isStamped(join(folder, 'stamps', 'build'), treeHash([join(folder, 'src')]))).toBe(false);
    expect(treeContent([join(folder, 'src')])).not.toBe(content);
  });

  it('that is not there vouches for nothing', () => {
    expect(isStamped(join(folder, 'none'), 'x')).toBe(false);
  });
});

describe('a misspelt command', () => {
  it('is answered with the nearest one', () => {
    expect(nearestCommand('chekc')).toBe('check');
    expect(nearestCommand('dmeo')).toBe('demo');
    expect(nearestCommand('buidl')).toBe('build');
    expect(nearestCommand('')).toBeUndefined();
    expect(nearestCommand('xyz')).toBeUndefined();
  });
});
