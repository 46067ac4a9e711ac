import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
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
  start: afterBuild((args) => program(join('cli', 'bin', 'sedge.js'), ['serve', ...args])),
  dev: afterBuild((args) => script('dev.js', args)),
  test: afterBuild(test),
  bench: afterBuild((args) => script(join('bench', 'main.js'), args)),
  accuracy: afterBuild((args) => script(join('accuracy', 'main.js'), args)),
  soak: afterBuild((args) => script(join('soak', 'main.js'), args)),
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
  return program(join('scripts', 'dist', path), args);
}

/** One of our own programs; it ends with us, however we end. */
function program(path, args) {
  const guard = pathToFileURL(join(root, 'cli', 'dist', 'exit-with-parent.js'));
  const nodeArgs = ['--enable-source-maps', '--import', guard.href];
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
  return foreground(process.execPath, [...nodeArgs, join(root, path), ...args], { stdio });
}
