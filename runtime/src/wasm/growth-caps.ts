/** How much a model may take, whatever its own file says. */
export interface GrowthCaps {
  /** 64 KiB each. */
  readonly memoryPagesMax: number;
  /** Of each of its tables. */
  readonly tableEntriesMax: number;
}

/** 512 MiB of memory, and far more table entries than a compiler makes for a model. */
export const DEFAULT_CAPS: GrowthCaps = { memoryPagesMax: 8_192, tableEntriesMax: 10_000 };
