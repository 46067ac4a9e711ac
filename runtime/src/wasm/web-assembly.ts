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

interface WasmInterface {
  readonly Module: {
    imports(module: WasmModule): (WasmExternal & { readonly module: string })[];
    exports(module: WasmModule): WasmExternal[];
  };
  compile(bytes: Uint8Array): Promise<WasmModule>;
  instantiate(module: WasmModule, imports?: Readonly<Record<string, unknown>>): Promise<WasmInstance>;
}

export const { WebAssembly: wasm } = globalThis as unknown as { readonly WebAssembly: WasmInterface };
