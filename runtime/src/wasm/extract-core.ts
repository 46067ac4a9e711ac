import { BinaryReader, invalidModel, refusedModel } from './binary-reader.ts';
import { COMPONENT_EXPORTS, COMPONENT_IMPORTS, INFERENCE_INTERFACE, TRAINING_INTERFACE } from './contract.ts';
import { COMPONENT_PREAMBLE, CORE_PREAMBLE, readSections, type Section } from './sections.ts';

/** Section ids of a component (component model, Binary.md). */
const SECTION = { coreModule: 1, component: 4, import: 10, export: 11, last: 12 } as const;
/** Section id of the memory section of a core module. */
const CORE_MEMORY_SECTION = 5;
/** The byte of an import or export that is an instance. */
const INSTANCE = 0x05;

const COMPONENT_BYTES_MAX = 64 * 1024 * 1024;
/** Components within components hold only types; the tool that makes them nests once. */
const NESTING_MAX = 4;

export interface CoreOfComponent {
  readonly core: Uint8Array;
  readonly exportsTraining: boolean;
}

/**
 * Takes the one core module with a memory out of a component. The other ones, through which the tool wires the
 * imports, are never compiled: the bindings bring their own. Throws MODEL_INVALID or MODEL_REFUSED.
 */
export function extractCore(component: Uint8Array): CoreOfComponent {
  if (component.byteLength > COMPONENT_BYTES_MAX) {
    throw refusedModel(`the component is longer than ${COMPONENT_BYTES_MAX} bytes`);
  }
  const sections = readComponent(component);
  for (const { payload } of withId(sections, SECTION.component)) checkTypesOnly(payload, 1);
  checkImports(withId(sections, SECTION.import));
  const exported = readExports(withId(sections, SECTION.export));
  return { core: mainModule(sections), exportsTraining: exported.has(TRAINING_INTERFACE) };
}

function readComponent(bytes: Uint8Array): Section[] {
  const sections = readSections(bytes, COMPONENT_PREAMBLE);
  for (const { id } of sections) if (id > SECTION.last) throw invalidModel(`section ${id} is not known`);
  return sections;
}

function checkTypesOnly(component: Uint8Array, depth: number): void {
  if (depth > NESTING_MAX) throw refusedModel('components are nested too deep');
  const sections = readComponent(component);
  if (withId(sections, SECTION.coreModule).length > 0) throw refusedModel('a nested component holds code');
  for (const { payload } of withId(sections, SECTION.component)) checkTypesOnly(payload, depth + 1);
}

function mainModule(sections: readonly Section[]): Uint8Array {
  const modules = withId(sections, SECTION.coreModule).map(({ payload }) => payload);
  const [main, ...others] = modules.filter((core) => hasMemory(core));
  if (main === undefined) throw invalidModel('it holds no core module with a memory');
  if (others.length > 0) throw refusedModel('the component holds more than one core module with a memory');
  return main;
}

function hasMemory(core: Uint8Array): boolean {
  return withId(readSections(core, CORE_PREAMBLE), CORE_MEMORY_SECTION).length > 0;
}

function checkImports(sections: readonly Section[]): void {
  for (const { payload } of sections) {
    for (const name of readNames(payload, skipInstanceType)) {
      if (!COMPONENT_IMPORTS.includes(name)) throw refusedModel(`the component imports ${printable(name)}`);
    }
  }
}

function readExports(sections: readonly Section[]): ReadonlySet<string> {
  const names = new Set(sections.flatMap(({ payload }) => readNames(payload, skipInstanceIndex)));
  for (const name of names) {
    if (!COMPONENT_EXPORTS.includes(name)) throw invalidModel(`it exports ${printable(name)}`);
  }
  if (!names.has(INFERENCE_INTERFACE)) throw invalidModel(`it does not export ${INFERENCE_INTERFACE}`);
  return names;
}

function readNames(payload: Uint8Array, skipRest: (reader: BinaryReader) => void): string[] {
  const reader = new BinaryReader(payload);
  const count = reader.u32();
  const names: string[] = [];
  for (let index = 0; index < count; index++) {
    // Both forms of a name, with or without a version hint of its own, begin with 0x00 or 0x01.
    if (reader.byte() > 0x01) throw invalidModel('a name has an unknown form');
    names.push(reader.text());
    skipRest(reader);
  }
  if (!reader.isAtEnd) throw invalidModel('a section has bytes after its end');
  return names;
}

function skipInstanceType(reader: BinaryReader): void {
  if (reader.byte() !== INSTANCE) throw refusedModel('the component imports something that is no interface');
  reader.u32();
}

function skipInstanceIndex(reader: BinaryReader): void {
  if (reader.byte() !== INSTANCE) throw invalidModel('it exports something that is no interface');
  reader.u32();
  if (reader.byte() !== 0x00) throw invalidModel('an export carries a type of its own');
}

function withId(sections: readonly Section[], id: number): readonly Section[] {
  return sections.filter((section) => section.id === id);
}

/** Names reach logs and answers: control characters and great length stay out. */
export function printable(name: string): string {
  return JSON.stringify(name.slice(0, 100));
}
