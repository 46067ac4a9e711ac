import type { Clock, Log, Randomness } from '@sedge/kit';
import type { Crypto, Resources } from '@sedge/protocol';
import type { AgentConfig } from './config.ts';
import type { ExternalTrainers } from './external-trainer/external-trainers.ts';
import type { ModelParts } from './models/model-parts.ts';
import type { LoadShedder } from './shedding/load-shedder.ts';
import type { BoardSource } from './telemetry/board-source.ts';
import type { FairQueue } from './training/fair-queue.ts';
import type { RoundWeights } from './training/round-weights.ts';
import type { CoordinatorDoor } from './uplink/coordinator-door.ts';

/** What all identities of a process share. */
export interface NodeParts extends ModelParts {
  readonly config: AgentConfig;
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly randomness: Randomness;
  readonly log: Log;
  readonly board: BoardSource;
  readonly resources: () => Promise<Resources>;
  readonly shedder: LoadShedder;
  readonly door: CoordinatorDoor;
  readonly trainings: FairQueue;
  readonly trainers: ExternalTrainers;
  readonly roundWeights: RoundWeights;
}
