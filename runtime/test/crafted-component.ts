import { readFile } from 'node:fs/promises';
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools';

/** Parts of a hand-written model; each has an honest default. */
export interface CraftedModel {
  /** Body of infer; it must leave the address of the answer, 512, on the stack. */
  readonly infer?: string;
  readonly load?: string;
  /** Further imports of the module. */
  readonly imports?: string;
  /** Further fields of the module. */
  readonly fields?: string;
  readonly memory?: string;
  /** Address, length and declared number of float32 values of the answer. */
  readonly answer?: readonly [address: number, bytes: number, values: number];
  /** Replaces text of the WIT and the module alike, such as a version. */
  readonly rename?: readonly [from: string, to: string];
}

const INFERENCE = 'sedge:model/inference@0.1.0';

/**
 * A component of the world edge-model with one function, infer: x FP32 [-1] → y FP32 [-1], whose code is given in
 * the WebAssembly text format. For tests of what a model may do to its host.
 */
export async function craftComponent(model: CraftedModel = {}): Promise<Uint8Array> {
  const [from, to] = model.rename ?? ['', ''];
  const wit = await readFile(new URL('../../wasm-models/wit/model.wit', import.meta.url), 'utf8');
  const witSource = wit.replaceAll(from, to);
  const binary = await parse(moduleText(model).replaceAll(from, to));
  const embedded = await componentEmbed({ binary, witSource, world: 'edge-model', stringEncoding: 'utf8' });
  return componentNew(embedded, []);
}

/** The core module in the text format; all that a test does not give is honest. */
export function moduleText(model: CraftedModel): string {
  const {
    infer = '(i32.const 512)',
    load = '(i32.const 480)',
    imports = '',
    fields = '',
    memory = '2',
    answer = [700, 4, 1],
  } = model;
  const [address, bytes, values] = answer;
  return `(module
    (import "sedge:model/host@0.1.0" "log" (func $log (param i32 i32 i32)))
    ${imports}
    (memory (export "memory") ${memory})
    (table $table 1 funcref)
    (global $free (mut i32) (i32.const 4096))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
      (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $free) (i32.const 15)) (i32.const -16)))
      (global.set $free (i32.add (local.get $at) (local.get 3)))
      (local.get $at))
    (func (export "${INFERENCE}#metadata") (result i32) (i32.const 8))
    (func (export "${INFERENCE}#load") (param i32 i32) (result i32) ${load})
    (func (export "${INFERENCE}#infer") (param i32 i32 i32 i32) (result i32) ${infer})
    ${['metadata', 'load', 'infer'].map(postReturn).join('\n')}
    (data (i32.const 8) "${words(16, 1)}")
    (data (i32.const 16) "${words(256, 5, 64, 1, 96, 1)}")
    (data (i32.const 64) "${words(261, 1, 11, 128, 1)}")
    (data (i32.const 96) "${words(262, 1, 11, 128, 1)}")
    (data (i32.const 128) "${words(0xffff_ffff)}")
    (data (i32.const 256) "inferxy")
    (data (i32.const 512) "${words(0, 544, 1)}")
    (data (i32.const 544) "${words(262, 1, 11, 640, 1, address, bytes)}")
    (data (i32.const 640) "${words(values)}")
    ${fields})`;
}

function postReturn(name: string): string {
  return `(func (export "cabi_post_${INFERENCE}#${name}") (param i32) (global.set $free (i32.const 4096)))`;
}

/** Little-endian u32 values in the escapes of the text format. */
function words(...values: readonly number[]): string {
  const hex = Buffer.from(Uint32Array.from(values).buffer).toString('hex');
  return hex.replaceAll(/../g, '\\$&');
}

/** The bytes with one text replaced by another one of the same length, wherever it stands. */
export function patchText(bytes: Uint8Array, from: string, to: string): Uint8Array {
  if (from.length !== to.length) throw new Error('a patch must keep the length');
  return Uint8Array.from(Buffer.from(Buffer.from(bytes).toString('latin1').replaceAll(from, to), 'latin1'));
}
