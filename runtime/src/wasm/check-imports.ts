import { type BinaryReader, eachEntry } from './binary-reader.ts';
import { COMPONENT_IMPORTS, CORE_IMPORT } from './contract.ts';
import { INSTANCE, readExternalName, readKind } from './external-names.ts';
import { importRefused, printable } from './refusals.ts';
import { payloadsOf } from './sections.ts';
import { CORE_SECTION, type ComponentOutline } from './walk-sections.ts';
import type { WasmImport } from './web-assembly.ts';

/**
 * A component, and the core module in it, may import only what stands in the contract, under its exact name with its
 * version: the bindings themselves would take any version. Throws COMPONENT_IMPORT_REFUSED.
 */
export function checkImports({ importSections, core }: ComponentOutline): void {
  for (const section of importSections) eachEntry(section, checkComponentImport);
  for (const section of payloadsOf(core.sections, CORE_SECTION.import)) eachEntry(section, readAndCheckCoreImport);
}

export function checkCoreImport({ module, name, kind }: WasmImport): void {
  if (module === CORE_IMPORT.module && name === CORE_IMPORT.name && kind === CORE_IMPORT.kind) return;
  throw importRefused(`its code imports the ${kind} ${printable(name)} of ${printable(module)}`);
}

function checkComponentImport(reader: BinaryReader): void {
  const name = readExternalName(reader);
  if (!COMPONENT_IMPORTS.includes(name)) throw importRefused(`it imports ${printable(name)}`);
  if (reader.byte() !== INSTANCE)
    throw importRefused(`it imports ${printable(name)} as something else than an interface`);
  reader.u32();
}

function readAndCheckCoreImport(reader: BinaryReader): void {
  checkCoreImport({ module: reader.text(), name: reader.text(), kind: readKind(reader) });
  // The index of its type: only functions come as far as this.
  reader.u32();
}
