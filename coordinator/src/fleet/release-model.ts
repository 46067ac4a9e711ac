import { modelKey, type ModelRef, type ModelStatus, type NodeId, SedgeError } from '@sedge/protocol';
import type { AppendToLedger } from '../ledger/ledger.ts';
import { isQuarantined } from './model-changes.ts';
import type { NodeOrder } from './node-commands.ts';

export interface ReleaseOptions {
  readonly fleet: {
    /** Throws NODE_NOT_FOUND. */
    idOf(idOrName: string): NodeId;
    isOnline(node: NodeId): boolean;
    statusOfModel(node: NodeId, model: ModelRef): ModelStatus | undefined;
  };
  readonly append: AppendToLedger;
  readonly ask: (node: NodeId, order: NodeOrder) => Promise<void>;
}

export interface Released {
  readonly node: NodeId;
  readonly model: ModelRef;
}

export type ReleaseModel = (idOrName: string, model: ModelRef) => Promise<Released>;

/**
 * Lifts the quarantine of a model on one node. Throws NODE_NOT_FOUND, NODE_OFFLINE, MODEL_NOT_QUARANTINED, NODE_LOST,
 * and what the node refuses it with.
 */
export function modelRelease({ fleet, append, ask }: ReleaseOptions): ReleaseModel {
  return async (idOrName, model) => {
    const node = fleet.idOf(idOrName);
    const status = fleet.statusOfModel(node, model);
    if (status === undefined || !isQuarantined(status)) {
      throw new SedgeError('MODEL_NOT_QUARANTINED', `${modelKey(model)} on ${idOrName}`, { expose: true });
    }
    if (!fleet.isOnline(node)) throw new SedgeError('NODE_OFFLINE', idOrName, { expose: true });
    await append('model.released', { node, model });
    await ask(node, { name: 'release', model });
    return { node, model };
  };
}
