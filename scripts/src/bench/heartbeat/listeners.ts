import { join } from 'node:path';
import { Client } from '@sedge/cli';
import { SedgeError } from '@sedge/protocol';
import { routes } from '@sedge/protocol/routes';
import { z } from 'zod';
import { childEnvironment } from '../../local-fleet/child-environment.ts';
import { Child } from '../../local-fleet/child-process.ts';
import { CoordinatorProcess } from '../../local-fleet/coordinator-process.ts';

/** A process that takes heartbeats. */
export interface Listener {
  readonly mqttUrl: string;
  readonly pid: number;
  /** How many it has heard since its start. */
  heard(): Promise<number>;
  stop(): Promise<void>;
}

export interface ListeningCoordinator extends Listener {
  readonly client: Client;
}

export async function startCoordinator(folder: string): Promise<ListeningCoordinator> {
  const coordinator = new CoordinatorProcess({
    folder: join(folder, 'coordinator'),
    httpPort: 0,
    mqttPort: 0,
    env: { SEDGE_LOG_LEVEL: 'warn' },
  });
  await coordinator.start();
  const client = new Client({ url: coordinator.httpUrl, token: coordinator.adminToken });
  return {
    mqttUrl: coordinator.mqttUrl,
    pid: coordinator.pid ?? 0,
    client,
    heard: async () => countedIn(await (await client.send(routes.metrics)).text()),
    stop: () => coordinator.stop(),
  };
}

function countedIn(exposition: string): number {
  return Number(/^sedge_heartbeats_total (\d+)/m.exec(exposition)?.[1] ?? 0);
}

const line = z.union([z.object({ port: z.int() }), z.object({ heard: z.int() })]);

export async function startBareBroker(folder: string): Promise<Listener> {
  const logFile = join(folder, 'bare-broker.log');
  const child = new Child({ name: 'bare broker', program: 'bare-broker', env: childEnvironment({}), logFile });
  let heard = 0;
  child.onLine((text) => {
    const told = line.safeParse(JSON.parse(text));
    if (told.success && 'heard' in told.data) heard = told.data.heard;
  });
  const port = await child.firstLine(portOf, 10_000);
  if (child.pid === undefined) throw new SedgeError('INTERNAL', 'the bare broker has no process id');
  return {
    mqttUrl: `mqtt://127.0.0.1:${port}`,
    pid: child.pid,
    heard: () => Promise.resolve(heard),
    stop: () => child.stop(),
  };
}

function portOf(text: string): number | undefined {
  const told = line.parse(JSON.parse(text));
  return 'port' in told ? told.port : undefined;
}
