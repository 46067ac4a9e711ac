import { join } from 'node:path';
import type { KeyPair } from '@sedge/protocol';
import { type FolderLock, loadOrCreateKeyFile, lockFolder, type ProcessTable, type Randomness } from '@sedge/kit';
import { openStore, type Store } from './store/store.ts';

/** The state folder while this process has it. */
export interface State {
  readonly store: Store;
  /** The coordinator's own; made at the first start. */
  readonly key: KeyPair;
  /** Finishes what waits to be written and lets the folder go. Fine twice. */
  close(): Promise<void>;
}

export interface StateOptions {
  readonly folder: string;
  readonly processes: ProcessTable;
  readonly randomness: Pick<Randomness, 'bytes'>;
}

/** Locks the folder, then opens what is in it. Throws STATE_LOCKED and STATE_UNREADABLE. */
export async function openState({ folder, processes, randomness }: StateOptions): Promise<State> {
  const lock = await lockFolder(folder, processes);
  try {
    const key = await loadOrCreateKeyFile(join(folder, 'coordinator.key'));
    const store = await openStore({ folder, randomness });
    return { key, store, close: () => closeState(store, lock) };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function closeState(store: Store, lock: FolderLock): Promise<void> {
  await store.close();
  await lock.release();
}
