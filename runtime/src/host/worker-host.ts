import { Worker } from 'node:worker_threads';
import type { ChannelEvents, HostChannel } from './channel.ts';
import { capsOf } from './guest-caps.ts';
import { guestEnd } from './guest-end.ts';
import { guestEntry } from './guest-entry.ts';
import { ChannelModelHost, type ModelHost, type ModelHostOptions } from './model-host.ts';
import { GUEST_HEAP_MB } from './sandbox.ts';

/**
 * A host whose models run in one worker thread: cheap to start, for small boards and models of known origin. What
 * exhausts the memory of a thread may end the process. Never for onnxruntime-node: a thread that is ended during one of
 * its runs takes the process along.
 */
export function startWorkerHost(options: ModelHostOptions): ModelHost {
  return new ChannelModelHost((events) => startWorker(options, events), options);
}

function startWorker(options: ModelHostOptions, { onReply, onEnd }: ChannelEvents): HostChannel {
  const { url, argv, execArgv } = guestEntry('worker-main');
  const worker = new Worker(url, {
    name: 'sedge-models',
    env: {},
    argv: [...argv, JSON.stringify(capsOf(options))],
    execArgv: [...execArgv],
    resourceLimits: { maxOldGenerationSizeMb: GUEST_HEAP_MB },
  });
  let isKilled = false;
  const end = (reason: string): void => {
    if (!isKilled) onEnd(guestEnd(reason, ''));
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
