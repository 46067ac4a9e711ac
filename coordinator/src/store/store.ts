import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mkdir } from 'node:fs/promises';
import type { Randomness } from '@sedge/kit';
import { AccessRows } from './access-rows.ts';
import { Blobs } from './blobs.ts';
import { Database } from './database.ts';
import { DatasetRows } from './dataset-rows.ts';
import { FleetRows } from './fleet-rows.ts';
import { LedgerRows } from './ledger-rows.ts';
import { ModelRows } from './model-rows.ts';
import { RolloutRows } from './rollout-rows.ts';
import { RunRows } from './run-rows.ts';
import { FileUpdateSpool } from './update-spool.ts';

/** Everything that is kept, by room. */
export interface Store {
  readonly access: AccessRows;
  readonly fleet: FleetRows;
  readonly models: ModelRows;
  readonly rollouts: RolloutRows;
  readonly datasets: DatasetRows;
  readonly runs: RunRows;
  readonly spool: FileUpdateSpool;
  readonly ledger: LedgerRows;
  readonly blobs: Blobs;
  /** Finishes the writes that wait. Fine twice. */
  close(): Promise<void>;
}

export interface StoreOptions {
  /** The state folder; its lock must be held. */
  readonly folder: string;
  readonly randomness: Pick<Randomness, 'bytes'>;
}

/** Beside `src` and `dist` alike. */
const MIGRATIONS = fileURLToPath(new URL('../../migrations', import.meta.url));

/** Opens or makes the two databases and the folder of blobs. Throws STATE_UNREADABLE. */
export async function openStore({ folder, randomness }: StoreOptions): Promise<Store> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const durable = await openDatabase(folder, 'durable', 'FULL');
  const telemetry = await openDatabase(folder, 'telemetry', 'NORMAL');
  const blobs = new Blobs({ folder: join(folder, 'blobs'), randomness });
  await blobs.start();
  return {
    access: new AccessRows(durable),
    fleet: new FleetRows(durable, telemetry),
    models: new ModelRows(durable),
    rollouts: new RolloutRows(durable),
    datasets: new DatasetRows(durable),
    runs: new RunRows(durable),
    spool: new FileUpdateSpool(join(folder, 'updates')),
    ledger: new LedgerRows(durable),
    blobs,
    close: async () => {
      await durable.close();
      await telemetry.close();
    },
  };
}

function openDatabase(folder: string, name: string, synchronous: 'FULL' | 'NORMAL'): Promise<Database> {
  return Database.open({
    path: join(folder, `${name}.db`),
    migrationsFolder: join(MIGRATIONS, name),
    synchronous,
  });
}
