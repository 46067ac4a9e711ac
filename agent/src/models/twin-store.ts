import { TaskQueue, writeFileAtomic, type Log } from '@sedge/kit';
import {
  channels,
  copyBytes,
  decodeSigned,
  toUtf8,
  type Crypto,
  type DesiredTwin,
  type TrustedKeys,
} from '@sedge/protocol';
import { readTextIfThere } from '../storage/read-file.ts';

export interface TwinStoreOptions {
  readonly path: string;
  readonly crypto: Pick<Crypto, 'verify'>;
  readonly coordinatorKeys: TrustedKeys;
  readonly log: Log;
}

const WAITING_MAX = 8;

/**
 * The last signed twin, on disk as it came: a node that starts without its coordinator loads what it should have, and
 * a twin from before is recognised as old.
 */
export class TwinStore {
  readonly #options: TwinStoreOptions;
  readonly #writes = new TaskQueue(WAITING_MAX);

  constructor(options: TwinStoreOptions) {
    this.#options = options;
  }

  /** Undefined where there is none, or none that the pinned coordinator signed. */
  async load(): Promise<DesiredTwin | undefined> {
    const { path, crypto, coordinatorKeys, log } = this.#options;
    const text = await readTextIfThere(path);
    if (text === undefined) return undefined;
    try {
      return decodeSigned(crypto, channels.desiredTwin, toUtf8(text), coordinatorKeys);
    } catch (error) {
      log.warn('the stored twin is not used', { path, error });
      return undefined;
    }
  }

  /** Throws what the disk says, and OVERLOADED when it is too slow. */
  save(bytes: Uint8Array): Promise<void> {
    const copy = copyBytes(bytes);
    return this.#writes.run(() => writeFileAtomic(this.#options.path, copy));
  }

  stop(): Promise<void> {
    return this.#writes.close();
  }
}
