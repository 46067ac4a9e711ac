import { checkCoreExports } from './check-exports.ts';
import { checkCoreImport } from './check-imports.ts';
import { codeInvalid } from './refusals.ts';
import { wasm, type WasmModule } from './web-assembly.ts';

/** Compiles the core module and makes sure that the engine reads the same names in it. Throws COMPONENT_CODE_INVALID. */
export function compileCore(core: Uint8Array, trainable: boolean): WasmModule {
  const module = compile(core);
  for (const found of wasm.Module.imports(module)) checkCoreImport(found);
  checkCoreExports(wasm.Module.exports(module), trainable);
  return module;
}

function compile(core: Uint8Array): WasmModule {
  try {
    return new wasm.Module(core);
  } catch (cause) {
    throw codeInvalid(cause instanceof Error ? cause.message : String(cause), cause);
  }
}
