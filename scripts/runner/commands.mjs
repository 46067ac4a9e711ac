import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { check } from './check.mjs';
import { generate } from './generate.mjs';
import { ensureInstalled } from './install.mjs';
import { root } from './places.mjs';
import { test } from './test.mjs';
import { foreground } from './tool.mjs';

/** What `npm run` offers; each answers its exit status. */
export const commands = {
  demo: afterBuild((args) => script('demo.js', args)),
  start: afterBuild((args) => foreground(process.execPath, [join(root, 'cli', 'bin', 'sedge.js'), 'serve', ...args])),
  dev: afterBuild((args) => script('dev.js', args)),
  test: afterBuild(test),
  bench: afterBuild((args) => script(join('bench', 'main.js'), args)),
  check: afterBuild(check),
  build: afterBuild(() => 0),
  generate: afterBuild(async () => {
    await generate();
    return 0;
  }),
};

/** The command that has most letters of the given word, and the same first one. */
export function nearestCommand(name) {
  const alike = Object.keys(commands).filter((known) => known[0] === name[0]);
  return alike.sort((left, right) => sharedLetters(right, name) - sharedLetters(left, name))[0];
}

function sharedLetters(left, right) {
  return new Set([...left].filter((letter) => right.includes(letter))).size;
}

function afterBuild(command) {
  return async (args) => {
    await ensureInstalled();
    await ensureBuilt();
    return command(args);
  };
}

function script(path, args) {
  return foreground(process.execPath, ['--enable-source-maps', join(root, 'scripts', 'dist', path), ...args]);
}
