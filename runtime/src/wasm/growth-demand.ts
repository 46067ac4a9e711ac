import { type BinaryReader, eachEntry } from './binary-reader.ts';
import { payloadsOf } from './sections.ts';
import { CORE_SECTION, walkSections } from './walk-sections.ts';

/** From how much to how much something may grow; without a maximum in the file it is the host that sets one. */
export interface GrowthRange {
  readonly least: number;
  readonly most?: number;
}

/** What a component asks for in its own file, before the maxima of the host take their place. */
export interface GrowthDemand {
  /** In pages of 64 KiB. */
  readonly memory: GrowthRange;
  /** In entries. */
  readonly tables: readonly GrowthRange[];
}

/** Reads the limits of a component's memory and tables. Throws COMPONENT_MALFORMED. */
export function growthDemand(component: Uint8Array): GrowthDemand {
  const { sections } = walkSections(component).core;
  const [memory = { least: 0 }] = rangesOf(payloadsOf(sections, CORE_SECTION.memory));
  return { memory, tables: rangesOf(payloadsOf(sections, CORE_SECTION.table), skipElementType) };
}

function rangesOf(payloads: readonly Uint8Array[], skipBefore: (reader: BinaryReader) => void = () => undefined) {
  const ranges: GrowthRange[] = [];
  for (const payload of payloads) {
    eachEntry(payload, (reader) => {
      skipBefore(reader);
      ranges.push(readRange(reader));
    });
  }
  return ranges;
}

function readRange(reader: BinaryReader): GrowthRange {
  const hasMaximum = reader.byte() === 0x01;
  const least = reader.u32();
  return hasMaximum ? { least, most: reader.u32() } : { least };
}

function skipElementType(reader: BinaryReader): void {
  reader.byte();
}
