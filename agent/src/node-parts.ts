import type { Clock, Log, Randomness } from '@sedge/kit';
import type { Crypto, Resources } from '@sedge/protocol';
import type { AgentConfig } from './config.ts';
import type { BlobCache } from './models/blob-cache.ts';
import type { BlobFetcher } from './models/blob-fetcher.ts';
import type { LazyHost } from './models/lazy-host.ts';
import type { ModelPool } from './models/model-pool.ts';
import type { BoardSource } from './telemetry/board-source.ts';
import type { FairQueue } from './training/fair-queue.ts';
import type { RoundWeights } from './training/round-weights.ts';
import type { CoordinatorDoor } from './uplink/coordinator-door.ts';

/** What all identities of a process share. */
export interface NodeParts {
  readonly config: AgentConfig;
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly randomness: Randomness;
  readonly log: Log;
  readonly board: BoardSource;
  readonly resources: () => Promise<Resources>;
  readonly door: CoordinatorDoor;
  readonly cache: BlobCache;
  readonly fetcher: BlobFetcher;
  readonly pool: ModelPool;
  readonly trainer: LazyHost;
  readonly trainings: FairQueue;
  readonly roundWeights: RoundWeights;
}
