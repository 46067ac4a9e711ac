import { type BinaryReader, eachEntry } from './binary-reader.ts';
import { COMPONENT_EXPORTS, coreExportsOf, INFERENCE_INTERFACE, TRAINING_INTERFACE } from './contract.ts';
import { INSTANCE, readExternalName, readKind } from './external-names.ts';
import { exportMissing, malformed, printable } from './refusals.ts';
import { payloadsOf } from './sections.ts';
import { CORE_SECTION, type ComponentOutline, type CoreOutline } from './walk-sections.ts';
import type { WasmExternal } from './web-assembly.ts';

export interface CheckedExports {
  /** Whether it offers the training interface as well. */
  readonly trainable: boolean;
}

/** Names that cannot break out of a string in any code or log that is made from them. */
const SAFE_NAME = /^[A-Za-z0-9_:/@.#$-]{1,128}$/;

/** The contract has twenty; a list of millions would fill the heap of its reader. */
const EXPORTS_MAX = 1_000;

/**
 * A component, and the core module in it, must export what stands in the contract, and nothing else: a function that
 * nobody calls is a model that does less than its author believes. Throws COMPONENT_EXPORT_MISSING.
 */
export function checkExports({ exportSections, core }: ComponentOutline): CheckedExports {
  const interfaces = new Set<string>();
  for (const section of exportSections) eachEntry(section, (reader) => interfaces.add(readInterface(reader)));
  if (!interfaces.has(INFERENCE_INTERFACE)) throw exportMissing(`it does not export ${INFERENCE_INTERFACE}`);
  const trainable = interfaces.has(TRAINING_INTERFACE);
  checkCoreExports(readCoreExports(core), trainable);
  return { trainable };
}

export function checkCoreExports(found: readonly WasmExternal[], trainable: boolean): void {
  const expected = coreExportsOf(trainable);
  for (const { name, kind } of found) {
    checkSafe(name);
    if (expected.get(name) !== kind) throw exportMissing(`its code exports the unknown ${kind} ${printable(name)}`);
  }
  const names = new Set(found.map(({ name }) => name));
  for (const [name, kind] of expected) {
    if (!names.has(name)) throw exportMissing(`its code does not export the ${kind} ${name}`);
  }
}

function checkSafe(name: string): void {
  if (!SAFE_NAME.test(name)) throw exportMissing(`it exports ${printable(name)}: the name has unsafe characters`);
}

function readInterface(reader: BinaryReader): string {
  const name = readExternalName(reader);
  checkSafe(name);
  if (!COMPONENT_EXPORTS.includes(name)) throw exportMissing(`it exports the unknown ${printable(name)}`);
  if (reader.byte() !== INSTANCE) throw exportMissing(`it exports ${name} as something else than an interface`);
  reader.u32();
  if (reader.byte() !== 0x00) throw malformed('an export carries a type of its own');
  return name;
}

function readCoreExports({ sections }: CoreOutline): WasmExternal[] {
  const found: WasmExternal[] = [];
  for (const section of payloadsOf(sections, CORE_SECTION.export)) {
    eachEntry(section, (reader) => {
      if (found.length === EXPORTS_MAX) throw exportMissing(`its code exports more than ${EXPORTS_MAX} names`);
      found.push({ name: reader.text(), kind: readKind(reader) });
      // The index of what is exported.
      reader.u32();
    });
  }
  return found;
}
