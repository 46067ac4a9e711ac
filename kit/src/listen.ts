import type { Server } from 'node:net';
import { SedgeError } from '@sedge/protocol';

/** Resolves when the server takes connections; `what` names it in the refusal. Throws PORT_IN_USE. */
export function listen(server: Server, what: string, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: NodeJS.ErrnoException): void => {
      const isTaken = cause.code === 'EADDRINUSE' || cause.code === 'EACCES';
      const detail = `${what} cannot listen on ${host}:${port} (${cause.code})`;
      reject(new SedgeError(isTaken ? 'PORT_IN_USE' : 'INTERNAL', detail, { cause, expose: isTaken }));
    };
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      resolve();
    });
  });
}
