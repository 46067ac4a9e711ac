import type { Clock, Log } from '@sedge/kit';
import type { Crypto } from '@sedge/protocol';
import type { AgentConfig } from '../config.ts';
import type { AgentFolder } from '../identity/agent-folder.ts';
import type { BoardSource } from '../telemetry/board-source.ts';
import { BlobCache } from './blob-cache.ts';
import { BlobFetcher } from './blob-fetcher.ts';
import { ModelHosts } from './model-hosts.ts';
import { ModelPool } from './model-pool.ts';
import { ModelQuarantine } from './model-quarantine.ts';
import { QuarantineFolder } from './quarantine-folder.ts';

export interface ModelPartsOptions {
  readonly folder: AgentFolder;
  readonly config: AgentConfig;
  readonly clock: Clock;
  readonly crypto: Crypto;
  readonly log: Log;
  readonly board: BoardSource;
  /** This content may run again. */
  readonly onReleased: (content: string) => void;
}

/** What the models of all identities share. */
export interface ModelParts {
  readonly cache: BlobCache;
  readonly fetcher: BlobFetcher;
  readonly hosts: ModelHosts;
  readonly pool: ModelPool;
  readonly quarantine: ModelQuarantine;
}

const MB = 1024 * 1024;
const MODEL_MEMORY_MB_MAX = 2_048;

/** Makes them and tells each what it needs of the others. Nothing is started. */
export function modelPartsOf(options: ModelPartsOptions): ModelParts {
  const { folder, config, clock, log } = options;
  const cache = new BlobCache({ ...options, directory: folder.cache, bytesMax: config.cacheBytesMax });
  const hosts = new ModelHosts({
    ...config,
    clock,
    log,
    memoryBytesMax: modelMemoryBytes(options),
    modelFolder: folder.cache,
    choicePath: folder.engines,
    cpuModel: () => options.board.cpus()[0]?.model ?? 'unknown',
    onModelLost: (id, error) => {
      pool.lose(id, error);
      // Its group would count as used for ever otherwise.
      hosts.close(id).catch((cause: unknown) => log.error('a lost model was not closed', { id, error: cause }));
    },
    // Trainings go by their content, opened models by an id of the pool.
    onModelCrashed: (id, error) => quarantine.crashed(pool.contentOf(id) ?? id, error),
  });
  const pool = new ModelPool({ hosts, clock });
  const quarantine = new ModelQuarantine({
    ...options,
    folder: new QuarantineFolder(folder.quarantine, log),
    onQuarantined: (content, error) => {
      pool.shut(content, error).catch((cause: unknown) => log.error('a model was not shut', { content, error: cause }));
    },
  });
  return { cache, fetcher: new BlobFetcher({ cache, clock, log }), hosts, pool, quarantine };
}

/** As configured; else half of the board, so that two publishers' models and the system have room. */
function modelMemoryBytes({ config, board }: ModelPartsOptions): number {
  if (config.modelMemoryMb !== undefined) return config.modelMemoryMb * MB;
  return Math.min(MODEL_MEMORY_MB_MAX * MB, Math.floor(board.memory().totalBytes / 2));
}
