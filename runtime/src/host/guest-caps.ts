import { DEFAULT_CAPS, type GrowthCaps } from '../wasm/growth-caps.ts';
import type { ModelHostOptions } from './model-host.ts';

const PAGE_BYTES = 65_536;

/** The caps of components in a host with these options. */
export function capsOf({
  memoryBytesMax,
  tableEntriesMax,
}: Pick<ModelHostOptions, 'memoryBytesMax' | 'tableEntriesMax'>): GrowthCaps {
  const { memoryPagesMax, tableEntriesMax: entriesMax } = DEFAULT_CAPS;
  return {
    memoryPagesMax: memoryBytesMax === undefined ? memoryPagesMax : Math.floor(memoryBytesMax / PAGE_BYTES),
    tableEntriesMax: tableEntriesMax ?? entriesMax,
  };
}

/** All memory that these caps allow a guest. */
export function memoryBytesOf({ memoryPagesMax }: GrowthCaps): number {
  return memoryPagesMax * PAGE_BYTES;
}

/** The caps that a parent wrote into the arguments of its guest. */
export function capsFrom(argument: string | undefined): GrowthCaps {
  return JSON.parse(argument ?? '') as GrowthCaps;
}
