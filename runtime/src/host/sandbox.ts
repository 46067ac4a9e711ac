import type { HostKind } from './host-groups.ts';

export interface SandboxOptions {
  readonly kind: HostKind;
  /** All memory that the child may take. */
  readonly memoryBytesMax: number;
  /** Entries of each table of a component. */
  readonly tableEntriesMax: number;
  /** What the child may read, links and where they lead to; undefined gives it all rights, see `guestEntry`. */
  readonly readable: readonly string[] | undefined;
  /** The flags that this Node knows: `process.allowedNodeEnvironmentFlags`. */
  readonly knownFlags: { has(flag: string): boolean };
}

const MB = 1024 * 1024;
const PAGE_BYTES = 65_536;
/**
 * A guest's JavaScript heap; data of tensors and memories of models lie outside of it. A model that answers with
 * millions of records fills it: then the guest ends, not its parent.
 */
export const GUEST_HEAP_MB = 256;
/** The young generation is collected often and holds little: a host lives by typed arrays. */
const SEMI_SPACE_MB = 2;
/** onnxruntime-web is WebAssembly itself, with a table of some 20,000 functions. */
const ENGINE_TABLE_ENTRIES = 100_000;

/**
 * What Node is started with for a model host. The child may read its own code and the models, and nothing else: it
 * writes no files, starts no processes and no threads. Node's permissions do not shut the network (before Node 25);
 * a model does not get there, because no JavaScript is ever made from a model and none of its imports speaks to anyone.
 * https://nodejs.org/docs/latest-v20.x/api/permissions.html
 */
export function sandboxArguments(options: SandboxOptions): string[] {
  const { kind, readable, knownFlags } = options;
  const permissions = readable === undefined ? [] : permissionArguments(kind, readable, knownFlags);
  return [...memoryArguments(options), '--disallow-code-generation-from-strings', ...permissions];
}

/** The module of a component is rewritten to the same caps before it is compiled: these flags are the second line. */
function memoryArguments({ memoryBytesMax, tableEntriesMax }: SandboxOptions): string[] {
  return [
    `--max-old-space-size=${Math.min(GUEST_HEAP_MB, Math.floor(memoryBytesMax / MB / 2))}`,
    `--max-semi-space-size=${SEMI_SPACE_MB}`,
    `--wasm-max-mem-pages=${Math.floor(memoryBytesMax / PAGE_BYTES)}`,
    `--wasm-max-table-size=${Math.max(tableEntriesMax, ENGINE_TABLE_ENTRIES)}`,
    '--v8-pool-size=1',
  ];
}

function permissionArguments(
  kind: HostKind,
  readable: readonly string[],
  knownFlags: SandboxOptions['knownFlags'],
): string[] {
  return [
    // The flag lost its prefix in Node 22.13 and 23.5.
    knownFlags.has('--permission') ? '--permission' : '--experimental-permission',
    '--disable-warning=ExperimentalWarning',
    ...withoutCovered(readable).map((path) => `--allow-fs-read=${path}`),
    ...(kind === 'native' ? ['--allow-addons', '--disable-warning=SecurityWarning'] : []),
  ];
}

/** Node 20 aborts at its start when a path is given twice, or lies in a folder that is given as well. */
function withoutCovered(paths: readonly string[]): string[] {
  const distinct = [...new Set(paths)];
  return distinct.filter((path) => !distinct.some((folder) => path.startsWith(`${folder}/`)));
}
