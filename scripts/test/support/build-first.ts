import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** System tests start the built programs, so the build has to be as new as the sources; it is quick when it is. */
export function setup(): void {
  execFileSync(join(root, 'node_modules', '.bin', 'tsc'), ['-b'], { cwd: root, stdio: 'inherit' });
  execFileSync(process.execPath, [join('wasm-models', 'dist', 'build.js')], { cwd: root, stdio: 'inherit' });
}
