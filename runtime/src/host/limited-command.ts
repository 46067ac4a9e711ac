export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

/**
 * A shell that sets limits and becomes the command; what is open stays open. `ulimit -d` bounds all private memory that
 * can be written (RLIMIT_DATA, since Linux 4.7 with mappings), be it the heap, WebAssembly, or what a native library
 * takes. Without core files a crash does not fill the disk. Where util-linux is recent enough, the kernel ends the child
 * with its parent: a model in an endless loop would never hear that the parent is gone.
 */
const SCRIPT = `ulimit -c 0; ulimit -d "$1"; shift
if setpriv --pdeathsig KILL --no-new-privs true 2>/dev/null; then exec setpriv --pdeathsig KILL --no-new-privs "$@"; fi
exec "$@"`;

/** The same command under limits, where the system knows them. */
export function limitedCommand(
  command: readonly [string, ...string[]],
  memoryBytesMax: number,
  platform: string,
): Command {
  const [file, ...args] = command;
  if (platform !== 'linux') return { file, args };
  const memoryKb = String(Math.floor(memoryBytesMax / 1024));
  return { file: '/bin/sh', args: ['-c', SCRIPT, 'sh', memoryKb, ...command] };
}
