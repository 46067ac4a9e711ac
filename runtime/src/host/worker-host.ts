import { Worker } from 'node:worker_threads';
import type { ChannelEvents, HostChannel } from './channel.ts';
import { GUEST_HEAP_MB, guestEntry } from './guest-entry.ts';
import { ChannelModelHost, type ModelHost, type ModelHostOptions } from './model-host.ts';

/** A host whose models run in one worker thread: cheap to start, for small boards and models of known origin. */
export function startWorkerHost(options: ModelHostOptions): ModelHost {
  return new ChannelModelHost(startWorker, options);
}

function startWorker({ onReply, onEnd }: ChannelEvents): HostChannel {
  const { url, argv, execArgv } = guestEntry('worker-main');
  const resourceLimits = { maxOldGenerationSizeMb: GUEST_HEAP_MB };
  const worker = new Worker(url, { name: 'sedge-models', env: {}, argv, execArgv, resourceLimits });
  let isKilled = false;
  const end = (reason: string): void => {
    if (!isKilled) onEnd(reason);
    isKilled = true;
  };
  worker.on('message', onReply);
  worker.on('error', (error: Error) => end(error.message));
  worker.on('exit', (code) => end(`the worker thread ended with status ${code}`));
  return {
    send: (request) => worker.postMessage(request, []),
    async kill() {
      isKilled = true;
      await worker.terminate();
    },
  };
}
