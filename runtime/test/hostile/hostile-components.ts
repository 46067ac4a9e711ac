import { readFile } from 'node:fs/promises';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { moduleText } from '../crafted-component.ts';

/** One row of the table in wasm-models/hostile/README.md. */
export interface HostileComponent {
  readonly name: string;
  /** The code with which it is refused or stopped, or `answers`. */
  readonly outcome: string;
  readonly bytes: Uint8Array;
}

const folder = new URL('../../../wasm-models/hostile/', import.meta.url);
const ROW = /^\| \[([a-z-]+)\]\(\1\.wat\) \|.*\| `?(\w+)`? \|$/gm;
const PART = /^;; part: (\w+)$/m;

/** The whole set, built from its sources. */
export async function hostileComponents(): Promise<HostileComponent[]> {
  const table = await readFile(new URL('README.md', folder), 'utf8');
  const rows = [...table.matchAll(ROW)].map(([, name = '', outcome = '']) => ({ name, outcome }));
  return Promise.all(rows.map(async (row) => ({ ...row, bytes: await build(row.name) })));
}

async function build(name: string): Promise<Uint8Array> {
  const source = await readFile(new URL(`${name}.wat`, folder), 'utf8');
  const [, ...pieces] = source.split(PART);
  const parts = new Map<string, string>();
  for (let index = 0; index < pieces.length; index += 2) parts.set(pieces[index] ?? '', pieces[index + 1] ?? '');
  return parse(parts.get('component') ?? around(moduleText(modelOf(parts))));
}

function modelOf(parts: ReadonlyMap<string, string>) {
  const { answer, ...rest } = Object.fromEntries(parts);
  const [address = 0, bytes = 0, values = 0] = (answer ?? '').trim().split(' ').map(Number);
  return { ...rest, ...(answer !== undefined && { answer: [address, bytes, values] as const }) };
}

/** A component around a core module, without the types that a tool would write: nothing on our way reads them. */
function around(module: string): string {
  return `(component
    (import "sedge:model/host@0.1.0" (instance))
    ${module.replace('(module', '(core module')}
    (instance $model)
    (export "sedge:model/inference@0.1.0" (instance $model)))`;
}
