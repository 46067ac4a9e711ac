import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { binary, cache } from './places.mjs';
import { foreground } from './tool.mjs';

const report = join(cache, 'test-report.json');

/** Runs all tests; arguments go to vitest. The last line counts them. */
export async function test(args) {
  mkdirSync(cache, { recursive: true });
  rmSync(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const status = await foreground(binary('vitest'), ['run', ...reporters, ...args]);
  const { passed, failed, skipped } = counted(readReport(), status);
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  return failed > 0 ? 1 : status;
}

/** A file that does not load, and an error outside of the tests, count as one failure each. */
export function counted(found, status) {
  const files = found?.testResults ?? [];
  const unloaded = files.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
  const failed = (found?.numFailedTests ?? 0) + unloaded;
  return {
    passed: found?.numPassedTests ?? 0,
    failed: failed === 0 && status !== 0 ? 1 : failed,
    skipped: (found?.numPendingTests ?? 0) + (found?.numTodoTests ?? 0),
  };
}

function readReport() {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    // vitest writes no report when it cannot start; its own words stand above, and its status tells of a failure.
    return undefined;
  }
}
