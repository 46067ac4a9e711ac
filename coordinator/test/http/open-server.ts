import type { Duplex } from 'node:stream';
import { silentLog, systemClock } from '@sedge/kit';
import { HttpServer } from '../../src/http/http-server.ts';
import { type Door, openDoor } from './fake-rooms.ts';

export interface OpenServer extends AsyncDisposable {
  readonly door: Door;
  readonly server: HttpServer;
  readonly url: string;
}

export async function openServer(
  door = openDoor(),
  acceptMqtt: (socket: Duplex) => void = () => undefined,
): Promise<OpenServer> {
  const server = new HttpServer({
    app: door.app,
    host: '127.0.0.1',
    port: 0,
    acceptMqtt,
    clock: systemClock,
    log: silentLog,
  });
  await server.start();
  return {
    door,
    server,
    url: `http://127.0.0.1:${server.port}`,
    async [Symbol.asyncDispose]() {
      door.events.stop();
      await server.stop();
    },
  };
}
