import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ChannelEvents, HostChannel } from './channel.ts';
import { GUEST_HEAP_MB, guestEntry } from './guest-entry.ts';
import type { HostReply } from './messages.ts';
import { ChannelModelHost, type ModelHost, type ModelHostOptions } from './model-host.ts';

/** A host whose models run in a child process without environment: what they break ends with it. */
export function startProcessHost(options: ModelHostOptions): ModelHost {
  return new ChannelModelHost(startProcess, options);
}

function startProcess({ onReply, onEnd }: ChannelEvents): HostChannel {
  const { url, argv, execArgv } = guestEntry('process-main');
  const child = fork(fileURLToPath(url), argv, {
    env: {},
    execArgv: [`--max-old-space-size=${GUEST_HEAP_MB}`, ...execArgv],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let isKilled = false;
  const end = (reason: string): void => {
    if (!isKilled) onEnd(reason);
    isKilled = true;
  };
  child.on('message', (reply) => onReply(reply as HostReply));
  child.on('error', (error) => end(error.message));
  child.on('exit', (code, signal) => end(`the process ended with ${signal ?? `status ${code}`}`));
  return {
    // A send that fails is followed by the exit event, which tells the host.
    send: (request) => void child.send(request, () => undefined),
    kill() {
      isKilled = true;
      return ended(child);
    },
  };
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
