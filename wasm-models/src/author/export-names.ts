/** The part of a compiled AssemblyScript module that this transform touches. */
interface CompiledModule {
  readonly getNumExports: () => number;
  readonly getExportByIndex: (index: number) => number;
  readonly removeExport: (name: string) => void;
  readonly addFunctionExport: (internalName: string, name: string) => number;
}

interface Binaryen {
  readonly getExportInfo: (reference: number) => { readonly name: string; readonly value: string };
}

const CONTRACT = 'sedge:model';
const VERSION = '0.1.0';
const INTERFACE_EXPORT = /^(inference|training)_([a-z]+)$/;
const POST_RETURN = 'releaseCall';

/** The name that the canonical ABI gives to an export such as `inference_infer`; undefined for anything else. */
export function contractName(exportName: string): string | undefined {
  const [, interfaceName, functionName] = INTERFACE_EXPORT.exec(exportName) ?? [];
  if (interfaceName === undefined || functionName === undefined) return undefined;
  return `${CONTRACT}/${interfaceName}@${VERSION}#${functionName}`;
}

/**
 * A transform of the AssemblyScript compiler. The language has no string export names, so that exports written as
 * `inference_infer` get their names here, and each its post-return function.
 */
export class ExportNames {
  // The compiler puts its own binaryen on the prototype before it makes an instance.
  declare readonly binaryen: Binaryen;

  afterCompile(module: CompiledModule): void {
    const exports = this.list(module);
    const release = exports.find(({ name }) => name === POST_RETURN);
    if (release === undefined) throw new Error(`the model must export ${POST_RETURN} of the SDK`);
    for (const { name, value } of exports) {
      const renamed = contractName(name);
      if (renamed === undefined) continue;
      module.removeExport(name);
      module.addFunctionExport(value, renamed);
      module.addFunctionExport(release.value, `cabi_post_${renamed}`);
    }
    module.removeExport(POST_RETURN);
  }

  private list(module: CompiledModule): { readonly name: string; readonly value: string }[] {
    const indices = Array.from({ length: module.getNumExports() }, (_, index) => index);
    return indices.map((index) => this.binaryen.getExportInfo(module.getExportByIndex(index)));
  }
}
