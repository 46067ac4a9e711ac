import type { RunId, RunPlan, Envelope } from '@sedge/protocol';
import type { AnswerOf, Routes, RoundView, RunView } from '@sedge/protocol/routes';
import type { Rooms } from '../rooms.ts';
import type { Gateway } from '../inference/gateway.ts';

/** Federated runs, as the door needs them. */
export interface RunsPort {
  plan(plan: RunPlan): AnswerOf<Routes['planRun']> | Promise<AnswerOf<Routes['planRun']>>;
  create(request: {
    readonly id?: RunId | undefined;
    readonly plan: RunPlan;
    readonly delegation?: Envelope | undefined;
  }): Promise<RunView>;
  /** Newest first. */
  list(): RunView[];
  /** Throws RUN_NOT_FOUND. */
  get(id: RunId): RunView;
  /** Throws RUN_NOT_FOUND. */
  rounds(id: RunId): RoundView[];
  /** Throws RUN_NOT_FOUND, RUN_FINISHED. */
  endRun(id: RunId): Promise<RunView>;
}

type Served<Room extends keyof Rooms, Methods extends keyof Rooms[Room]> = Pick<Rooms[Room], Methods>;

/** What the HTTP door needs of the rooms behind it. */
export interface HttpRooms {
  readonly authenticate: Rooms['authenticate'];
  readonly apiTokens: Served<'apiTokens', 'create' | 'list' | 'revoke'>;
  readonly enrolmentTokens: Served<'enrolmentTokens', 'create' | 'list'>;
  readonly enrolments: Served<'enrolments', 'enrol'>;
  readonly publishers: Served<'publishers', 'add' | 'list'>;
  readonly fleet: Served<'fleet', 'list' | 'get' | 'update' | 'remove' | 'countReady' | 'readyVersions'>;
  readonly releaseModel: Rooms['releaseModel'];
  readonly models: Served<'models', 'publish' | 'list' | 'get' | 'getVersion' | 'resolve' | 'delete'>;
  readonly rollouts: Served<'rollouts', 'create' | 'list' | 'get' | 'delete'>;
  readonly datasets: Served<'datasets', 'add' | 'list'>;
  readonly ledger: Served<'ledger', 'list'>;
  readonly events: Served<'events', 'subscribe'>;
  readonly blobs: Served<'blobs', 'put' | 'sizeOf' | 'stream'>;
  readonly gateway: Pick<Gateway, 'infer' | 'resolve'>;
  readonly runs: RunsPort;
  /** Who the coordinator is. */
  readonly info: () => AnswerOf<Routes['info']>;
  /** Cuts a node off from the broker. */
  readonly disconnect: (node: Awaited<ReturnType<Rooms['fleet']['remove']>>) => void;
  /** Everything is open and nothing is about to stop. */
  readonly isReady: () => boolean;
}
