import { serveGuest } from './guest.ts';

/** Begin of a guest that runs in a child process. */
serveGuest({
  post: (reply) => process.send?.(reply),
  onRequest: (handle) => process.on('message', handle),
});
process.once('disconnect', () => process.exit(0));
