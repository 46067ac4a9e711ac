import type { HostPlatform } from './host-platform.ts';

/** The oldest GNU C library that the binaries of onnxruntime-node are linked against (manylinux_2_28). */
const GLIBC_MIN = [2, 28] as const;

/** Why binaries of onnxruntime-node cannot run on a platform, or undefined where they may. */
export function nativeAbsence({ os, arch, glibcVersion }: HostPlatform): string | undefined {
  if (arch !== 'x64' && arch !== 'arm64') return `onnxruntime-node has no binary for ${os} ${arch}`;
  if (os !== 'linux') return undefined;
  if (glibcVersion === undefined) return 'onnxruntime-node needs the GNU C library, and this system has another one';
  if (isOlder(glibcVersion))
    return `onnxruntime-node needs glibc ${GLIBC_MIN.join('.')} or newer, this is ${glibcVersion}`;
  return undefined;
}

function isOlder(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < GLIBC_MIN[0] || (major === GLIBC_MIN[0] && minor < GLIBC_MIN[1]);
}
