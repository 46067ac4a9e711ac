import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Log } from '@sedge/kit';
import { DEFAULT_CAPS } from '../wasm/growth-caps.ts';
import type { ChannelEvents, HostChannel } from './channel.ts';
import { capsOf } from './guest-caps.ts';
import { guestCode, realOf } from './guest-code.ts';
import { guestEnd } from './guest-end.ts';
import { guestEntry } from './guest-entry.ts';
import type { HostKind } from './host-groups.ts';
import { LastWords } from './last-words.ts';
import { limitedCommand } from './limited-command.ts';
import { LOW_MEMORY } from './low-memory.ts';
import type { HostReply } from './messages.ts';
import { ChannelModelHost, type ModelHost, type ModelHostOptions } from './model-host.ts';
import { sandboxArguments } from './sandbox.ts';

export interface ProcessHostOptions extends ModelHostOptions {
  /** What the host may run; portable engines if nothing is said. */
  readonly kind?: HostKind;
  /** Portable engines take less memory and begin later: see `LOW_MEMORY`. */
  readonly lowMemory?: boolean;
  /** Folders with the files of models that are opened by path. They have to be there before the first call. */
  readonly modelFolders?: readonly string[];
}

/** All private memory of a child process, some 60 MB of it for Node itself. */
export const HOST_MEMORY_BYTES = 1024 * 1024 * 1024;

/** A host whose models run in a child process without rights: what they break ends with it. */
export function startProcessHost(options: ProcessHostOptions): ModelHost {
  return new ChannelModelHost((events) => startProcess(options, events), options);
}

function startProcess(options: ProcessHostOptions, { onReply, onEnd }: ChannelEvents): HostChannel {
  const { memoryBytesMax = HOST_MEMORY_BYTES, log } = options;
  const { file, args } = limitedCommand(
    [process.execPath, ...nodeArguments(options)],
    memoryBytesMax,
    process.platform,
  );
  const child = spawn(file, args, {
    // Nothing of ours: what it has of its own is cleared by the guest when it begins.
    env: isSmall(options) ? LOW_MEMORY.environment : {},
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const lastWords = listen(child, log);
  let isKilled = false;
  const end = (reason: string): void => {
    if (!isKilled) onEnd(guestEnd(reason, lastWords.text));
    isKilled = true;
  };
  child.on('message', (reply) => onReply(reply as HostReply));
  child.on('error', (error) => end(error.message));
  // Not `exit`: by then the last words may not have come.
  child.on('close', (code, signal) => end(`the process ended with ${signal ?? `status ${code}`}`));
  return {
    // A send that fails is followed by the end of the process, which tells the host.
    send: (request) => void child.send(request, () => undefined),
    kill() {
      isKilled = true;
      return ended(child);
    },
  };
}

function nodeArguments(options: ProcessHostOptions): string[] {
  const { kind = 'portable', modelFolders = [], memoryBytesMax = HOST_MEMORY_BYTES } = options;
  const { url, argv, execArgv, isSource } = guestEntry('process-main');
  const sandbox = sandboxArguments({
    kind,
    memoryBytesMax,
    tableEntriesMax: options.tableEntriesMax ?? DEFAULT_CAPS.tableEntriesMax,
    readable: isSource ? undefined : [...guestCode(kind), ...modelFolders.flatMap((path) => [path, realOf(path)])],
    knownFlags: process.allowedNodeEnvironmentFlags,
  });
  const smallness = isSmall(options) ? LOW_MEMORY.flags : [];
  return [...sandbox, ...smallness, ...execArgv, fileURLToPath(url), ...argv, JSON.stringify(capsOf(options))];
}

/** Native code allocates for itself: these thresholds made SqueezeNet take twice its time there. */
function isSmall({ kind = 'portable', lowMemory = false }: ProcessHostOptions): boolean {
  return lowMemory && kind === 'portable';
}

function listen({ stderr }: ChildProcess, log: Log): LastWords {
  const lastWords = new LastWords();
  stderr?.setEncoding('utf8');
  stderr?.on('data', (text: string) => {
    lastWords.hear(text);
    log.debug('a model host says', { text: text.trim().slice(0, 1_000) });
  });
  return lastWords;
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}
