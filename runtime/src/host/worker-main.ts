import { parentPort } from 'node:worker_threads';
import { capsFrom } from './guest-caps.ts';
import { serveGuest } from './guest.ts';

/** Begin of a guest that runs in a worker thread. */
const port = parentPort;
if (port === null) throw new Error('this file runs in a worker thread only');
serveGuest(
  {
    post: (reply, transfer) => port.postMessage(reply, transfer),
    onRequest: (handle) => port.on('message', handle),
  },
  capsFrom(process.argv.at(-1)),
);
