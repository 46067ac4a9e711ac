import type { ModelStatus } from '@sedge/protocol';

/** A line of the index of the model repository extension. */
export interface IndexLine {
  readonly name: string;
  readonly version: string;
  readonly state: 'READY' | 'LOADING' | 'UNAVAILABLE';
  readonly reason: string;
}

const STATES: Readonly<Record<ModelStatus['state'], IndexLine['state']>> = {
  pending: 'LOADING',
  pulling: 'LOADING',
  loading: 'LOADING',
  ready: 'READY',
  failed: 'UNAVAILABLE',
};

export function repositoryIndex(statuses: readonly ModelStatus[], onlyReady: boolean): IndexLine[] {
  return statuses.filter(({ state }) => !onlyReady || state === 'ready').map(lineOf);
}

function lineOf({ name, version, state, error }: ModelStatus): IndexLine {
  const reason = error === undefined ? '' : `${error.code}: ${error.detail}`;
  return { name, version: String(version), state: STATES[state], reason };
}
