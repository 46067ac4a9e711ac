import type { Birth, Heartbeat, ModelStatus, Resources, SheddingReason } from '@sedge/protocol';

/** What a node last said of itself; empty until it speaks. */
export interface NodeReport {
  readonly agent?: string;
  readonly platform?: Birth['platform'];
  readonly resources?: Resources;
  readonly engines: Birth['engines'];
  readonly datasets: Birth['datasets'];
  readonly models: readonly ModelStatus[];
  readonly queue?: Heartbeat['queue'];
  /** Why it takes no new work for now. */
  readonly shedding?: SheddingReason;
  /** The version of its desired twin that the node speaks of. */
  readonly twinVersion?: number;
}

export const EMPTY_REPORT: NodeReport = { engines: [], datasets: [], models: [] };
