import { malformed } from './refusals.ts';
import { COMPONENT_PREAMBLE, CORE_PREAMBLE, payloadsOf, readSections, type Section } from './sections.ts';

/** The parts of a component that the next steps look at; nothing in them has been read yet. */
export interface ComponentOutline {
  readonly byteLength: number;
  readonly importSections: readonly Uint8Array[];
  readonly exportSections: readonly Uint8Array[];
  readonly core: CoreOutline;
}

/** The one core module that has a memory: the model's own code. */
export interface CoreOutline {
  readonly bytes: Uint8Array;
  readonly sections: readonly Section[];
}

/** Section ids of a component (component model, Binary.md). */
const SECTION = { coreModule: 1, component: 4, import: 10, export: 11, last: 12 } as const;
/** Section ids of a core module (core specification §5.5.2). */
export const CORE_SECTION = { import: 2, table: 4, memory: 5, export: 7 } as const;

/** Components within components hold only types; the tool that makes them nests once. */
const NESTING_MAX = 4;

/**
 * Goes through the sections of a component, and of those within it. The core modules through which the tool wires the
 * imports are never compiled: the bindings bring their own. Throws COMPONENT_MALFORMED.
 */
export function walkSections(component: Uint8Array): ComponentOutline {
  const sections = readComponent(component);
  for (const nested of payloadsOf(sections, SECTION.component)) checkTypesOnly(nested, 1);
  return {
    byteLength: component.byteLength,
    importSections: payloadsOf(sections, SECTION.import),
    exportSections: payloadsOf(sections, SECTION.export),
    core: mainModule(payloadsOf(sections, SECTION.coreModule).map(readCore)),
  };
}

function readComponent(bytes: Uint8Array): Section[] {
  const sections = readSections(bytes, COMPONENT_PREAMBLE);
  for (const { id } of sections) if (id > SECTION.last) throw malformed(`section ${id} is not known`);
  return sections;
}

function checkTypesOnly(component: Uint8Array, depth: number): void {
  if (depth > NESTING_MAX) throw malformed('components are nested too deep');
  const sections = readComponent(component);
  if (payloadsOf(sections, SECTION.coreModule).length > 0) throw malformed('a nested component holds code');
  for (const nested of payloadsOf(sections, SECTION.component)) checkTypesOnly(nested, depth + 1);
}

function readCore(bytes: Uint8Array): CoreOutline {
  return { bytes, sections: readSections(bytes, CORE_PREAMBLE) };
}

function mainModule(modules: readonly CoreOutline[]): CoreOutline {
  const [main, ...others] = modules.filter(({ sections }) => payloadsOf(sections, CORE_SECTION.memory).length > 0);
  if (main === undefined) throw malformed('it holds no core module with a memory');
  if (others.length > 0) throw malformed('it holds more than one core module with a memory');
  return main;
}
