import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostKind } from './host-groups.ts';

interface CodePackage {
  readonly name: string;
  /** Parts of our own packages; a package of others is read whole. */
  readonly parts?: readonly string[];
  readonly imports?: readonly CodePackage[];
}

const OUR_PARTS = ['package.json', 'dist'];
const protocol: CodePackage = { name: '@sedge/protocol', parts: OUR_PARTS, imports: [{ name: 'zod' }] };
const kit: CodePackage = {
  name: '@sedge/kit',
  parts: OUR_PARTS,
  imports: [protocol, { name: 'tweetnacl' }],
};
const onnxCommon: CodePackage = { name: 'onnxruntime-common' };

const autodiff: CodePackage = { name: '@sedge/autodiff', parts: OUR_PARTS };

const PORTABLE: readonly CodePackage[] = [protocol, kit, autodiff, { name: 'onnxruntime-web', imports: [onnxCommon] }];
const NATIVE: readonly CodePackage[] = [...PORTABLE, { name: 'onnxruntime-node', imports: [onnxCommon] }];

/**
 * The code that a built guest imports, as files and folders: Node asks for the link in `node_modules` as well as for
 * what it leads to. What is not installed is left out.
 */
export function guestCode(kind: HostKind): string[] {
  const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
  const own = OUR_PARTS.map((part) => join(root, part));
  const paths = (kind === 'native' ? NATIVE : PORTABLE).flatMap((imported) => packagePaths(root, imported));
  return [...own, ...own.map(realOf), ...paths];
}

function packagePaths(importer: string, { name, parts, imports = [] }: CodePackage): string[] {
  const link = findInstalled(importer, name);
  if (link === undefined) return [];
  const home = realpathSync(link);
  const contents = parts === undefined ? [home] : parts.map((part) => join(home, part));
  return [link, ...contents, ...imports.flatMap((imported) => packagePaths(home, imported))];
}

/** Looks where Node looks: in `node_modules` beside the importer, then above. */
function findInstalled(from: string, name: string): string | undefined {
  const link = join(from, 'node_modules', name);
  if (existsSync(link)) return link;
  const above = dirname(from);
  return above === from ? undefined : findInstalled(above, name);
}

/** A folder that is not there yet cannot be a link. */
export function realOf(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}
