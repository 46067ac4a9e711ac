import { modelKey, type ModelRef, type ModelStatus } from '@sedge/protocol';

export interface QuarantineChange {
  readonly kind: 'model.quarantined' | 'model.released';
  readonly model: ModelRef;
  /** Why it is kept from running. */
  readonly detail?: string;
}

export function isQuarantined({ state, error }: ModelStatus): boolean {
  return state === 'failed' && error?.code === 'MODEL_QUARANTINED';
}

/** What a new report says of quarantines. A model that is no longer wanted was not released by that. */
export function quarantineChanges(
  before: readonly ModelStatus[],
  after: readonly ModelStatus[],
): readonly QuarantineChange[] {
  if (before === after) return [];
  const wasQuarantined = new Set(before.filter(isQuarantined).map(modelKey));
  return after.flatMap((status): QuarantineChange[] => {
    const model = { name: status.name, version: status.version };
    const isNow = isQuarantined(status);
    if (isNow === wasQuarantined.has(modelKey(status))) return [];
    return isNow
      ? [{ kind: 'model.quarantined', model, detail: status.error?.detail ?? '' }]
      : [{ kind: 'model.released', model }];
  });
}

/** Whether models changed in more than how far their pulls are. */
export function haveModelsChanged(before: readonly ModelStatus[], after: readonly ModelStatus[]): boolean {
  return before !== after && JSON.stringify(before.map(withoutProgress)) !== JSON.stringify(after.map(withoutProgress));
}

export function hasProgressed(before: readonly ModelStatus[], after: readonly ModelStatus[]): boolean {
  return before !== after && JSON.stringify(before.map(progressOf)) !== JSON.stringify(after.map(progressOf));
}

function withoutProgress({ progress: _progress, ...status }: ModelStatus): ModelStatus {
  return status;
}

function progressOf({ progress }: ModelStatus): ModelStatus['progress'] | null {
  return progress ?? null;
}
