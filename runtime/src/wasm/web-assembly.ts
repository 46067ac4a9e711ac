/** The part of the WebAssembly JavaScript interface that is used here; Node has it, its types do not. */
export interface WasmModule {
  readonly __brand: 'WebAssembly.Module';
}

export interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

export interface WasmExternal {
  readonly name: string;
  readonly kind: 'function' | 'global' | 'memory' | 'table' | 'tag';
}

export interface WasmImport extends WasmExternal {
  readonly module: string;
}

interface WasmInterface {
  readonly Module: {
    new (bytes: Uint8Array): WasmModule;
    imports(module: WasmModule): WasmImport[];
    exports(module: WasmModule): WasmExternal[];
  };
  readonly Instance: new (module: WasmModule, imports?: Readonly<Record<string, unknown>>) => WasmInstance;
}

export const { WebAssembly: wasm } = globalThis as unknown as { readonly WebAssembly: WasmInterface };
