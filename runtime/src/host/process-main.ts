import { capsFrom } from './guest-caps.ts';
import { serveGuest } from './guest.ts';

/** Begin of a guest that runs in a child process. */
// A shell that starts us sets variables of its own.
for (const name of Object.keys(process.env)) delete process.env[name];
process.once('disconnect', () => process.exit(0));
serveGuest(
  {
    post: (reply) => process.send?.(reply),
    onRequest: (handle) => process.on('message', handle),
  },
  capsFrom(process.argv.at(-1)),
);
