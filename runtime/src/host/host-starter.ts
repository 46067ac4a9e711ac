import type { StartHost } from './host-groups.ts';
import { type ProcessHostOptions, startProcessHost } from './process-host.ts';
import { startWorkerHost } from './worker-host.ts';

export interface HostStarterOptions extends Omit<ProcessHostOptions, 'kind'> {
  /** Threads are for small boards and models of known origin. */
  readonly isolation: 'process' | 'thread';
}

/**
 * How the hosts of a group are started. A native engine gets a process in any case: to end a thread during one of its
 * runs ends the whole process.
 */
export function hostStarter({ isolation, ...options }: HostStarterOptions): StartHost {
  return (kind) => {
    const isThread = isolation === 'thread' && kind === 'portable';
    return isThread ? startWorkerHost(options) : startProcessHost({ ...options, kind });
  };
}
