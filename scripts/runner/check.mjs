import { compile } from './build.mjs';
import { generated, generate } from './generate.mjs';
import { binary } from './places.mjs';
import { say, step } from './progress.mjs';
import { treeContent } from './stamp.mjs';
import { quietly, ToolFailed } from './tool.mjs';

const steps = {
  types: compile,
  'types of tests': () => quietly(binary('tsc'), ['-p', 'tsconfig.test.json'], 'The tests do not compile.'),
  lint: () => quietly(binary('oxlint'), ['--type-aware', '--deny-warnings'], 'Correct what oxlint names.'),
  format: () => quietly(binary('oxfmt'), ['--check', '.'], 'Run "npx oxfmt ." to format.'),
  'dead code': () => quietly(binary('knip'), ['--no-progress'], 'Remove what knip names, or use it.'),
  'generated files': unchangedByGenerating,
};

/** Runs every step, also after a failed one, so that one run shows all there is to do. */
export async function check() {
  let failed = 0;
  for (const [label, work] of Object.entries(steps)) failed += (await succeeds(label, work)) ? 0 : 1;
  say(failed === 0 ? 'all checks passed' : `${failed} of ${Object.keys(steps).length} checks failed`);
  return failed === 0 ? 0 : 1;
}

async function succeeds(label, work) {
  try {
    await step(label, work);
    return true;
  } catch (error) {
    if (!(error instanceof ToolFailed)) throw error;
    say(error.message);
    return false;
  }
}

async function unchangedByGenerating() {
  const before = treeContent(generated);
  await generate();
  if (treeContent(generated) !== before) {
    throw new ToolFailed('Generated files were out of date. They are written anew now: commit them.');
  }
}
