import { invalidModel, refusedModel } from './binary-reader.ts';
import { capGrowth, type GrowthCaps } from './cap-growth.ts';
import { CORE_IMPORT, INFERENCE_FUNCTIONS, postReturnOf, TRAINING_FUNCTIONS } from './contract.ts';
import { extractCore, printable } from './extract-core.ts';
import { wasm, type WasmExternal, type WasmModule } from './web-assembly.ts';

export interface CompiledModel {
  readonly module: WasmModule;
  readonly trainable: boolean;
}

/** Names that cannot break out of a string in any code or log that is made from them. */
const SAFE_NAME = /^[A-Za-z0-9_:/@.#$-]{1,128}$/;

/**
 * From the bytes of a component to a module that may be instantiated: read, capped, compiled, and its imports and
 * exports compared with the contract. Nothing of the model has run yet. Throws MODEL_INVALID or MODEL_REFUSED.
 */
export async function compileModel(component: Uint8Array, caps: GrowthCaps): Promise<CompiledModel> {
  const { core, exportsTraining } = extractCore(component);
  const module = await compile(capGrowth(core, caps));
  checkImports(module);
  const exported = new Map(wasm.Module.exports(module).map(({ name, kind }) => [name, kind]));
  for (const name of exported.keys()) checkName(name);
  requireExport(exported, 'memory', 'memory');
  const functions = exportsTraining ? [...INFERENCE_FUNCTIONS, ...TRAINING_FUNCTIONS] : INFERENCE_FUNCTIONS;
  for (const name of ['cabi_realloc', ...functions, ...functions.map(postReturnOf)]) {
    requireExport(exported, name, 'function');
  }
  return { module, trainable: exportsTraining };
}

async function compile(core: Uint8Array): Promise<WasmModule> {
  try {
    return await wasm.compile(core);
  } catch (cause) {
    throw invalidModel('its code is not valid', cause);
  }
}

function checkImports(module: WasmModule): void {
  for (const { module: from, name, kind } of wasm.Module.imports(module)) {
    if (from !== CORE_IMPORT.module || name !== CORE_IMPORT.name || kind !== CORE_IMPORT.kind) {
      throw refusedModel(`the model imports the ${kind} ${printable(name)} of ${printable(from)}`);
    }
  }
}

function checkName(name: string): void {
  if (!SAFE_NAME.test(name)) throw refusedModel(`the model exports the name ${printable(name)}`);
}

function requireExport(exported: ReadonlyMap<string, string>, name: string, kind: WasmExternal['kind']): void {
  if (exported.get(name) !== kind) throw invalidModel(`it does not export the ${kind} ${name}`);
}
