import { createServer } from 'node:net';

/** The port if nobody listens on it, otherwise 0, which takes any free one. */
export function portOrAny(port: number): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(0));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(port)));
  });
}
