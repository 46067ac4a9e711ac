import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { SedgeError } from '@sedge/protocol';

/** Built files, from the root of the checkout. */
const PROGRAMS = {
  coordinator: 'coordinator/dist/main.js',
  agent: 'agent/bin/sedge-agent.js',
  'bare-broker': 'scripts/dist/bench/heartbeat/bare-broker.js',
};

export interface ChildOptions {
  readonly name: string;
  readonly program: keyof typeof PROGRAMS;
  readonly args?: readonly string[];
  /** A Node.js and the words before it, such as an emulator's; this one if nothing is said. */
  readonly launcher?: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the child writes is added here. */
  readonly logFile: string;
}

/** Lines that are kept, to tell why a child ended. */
const TAIL_LINES = 30;
const STOP_PATIENCE_MS = 10_000;

/** What is built is run, also where we run from the sources, in tests. From src/local-fleet and dist/local-fleet alike. */
const checkout = new URL('../../../', import.meta.url);
const guard = new URL('cli/dist/exit-with-parent.js', checkout);

/** A Node process that ends when this one does, at the latest. */
export class Child {
  readonly #options: ChildOptions;
  readonly #process: ChildProcess;
  readonly #tail: string[] = [];
  readonly #listeners = new Set<(line: string) => void>();
  readonly #exited: Promise<void>;

  constructor(options: ChildOptions) {
    this.#options = options;
    this.#process = spawned(options);
    this.#exited = new Promise((resolve) => {
      this.#process.once('close', () => resolve());
    });
    this.#collect();
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** The first thing that `find` makes of a line. Throws INTERNAL with the last lines when the child ends before. */
  async firstLine<Found>(find: (line: string) => Found | undefined, timeoutMs: number): Promise<Found> {
    const { name } = this.#options;
    const earlier = this.#tail.map(find).find((found) => found !== undefined);
    if (earlier !== undefined) return earlier;
    return new Promise<Found>((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(listen);
      };
      const fail = (reason: string): void => {
        end();
        reject(new SedgeError('INTERNAL', `${name} ${reason}:\n${this.#tail.join('\n')}`, { expose: true }));
      };
      const listen = (line: string): void => {
        const found = find(line);
        if (found === undefined) return;
        end();
        resolve(found);
      };
      const timer = setTimeout(() => fail(`was not ready after ${timeoutMs / 1_000} s`), timeoutMs);
      this.#listeners.add(listen);
      void this.#exited.then(() => fail('ended'));
    });
  }

  /** Told of each line that it writes from now on. */
  onLine(listen: (line: string) => void): void {
    this.#listeners.add(listen);
  }

  /** The exit status, once it has ended; undefined when a signal ended it. */
  async ended(): Promise<number | undefined> {
    await this.#exited;
    return this.#process.exitCode ?? undefined;
  }

  /** Asks it to stop, and ends it when it does not. Fine twice. */
  async stop(): Promise<void> {
    if (!this.isRunning) return this.#exited;
    this.#process.kill('SIGTERM');
    const impatience = setTimeout(() => this.#process.kill('SIGKILL'), STOP_PATIENCE_MS);
    await this.#exited;
    clearTimeout(impatience);
  }

  /** As a power cut does. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exited;
  }

  #collect(): void {
    mkdirSync(dirname(this.#options.logFile), { recursive: true });
    const log = createWriteStream(this.#options.logFile, { flags: 'a' });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.#take(line, log));
    }
    void this.#exited.then(() => log.end());
  }

  #take(line: string, log: NodeJS.WritableStream): void {
    log.write(`${line}\n`);
    this.#tail.push(line);
    if (this.#tail.length > TAIL_LINES) this.#tail.shift();
    for (const listen of this.#listeners) listen(line);
  }
}

function spawned({ program, args = [], launcher = [process.execPath], env }: ChildOptions): ChildProcess {
  const main = fileURLToPath(new URL(PROGRAMS[program], checkout));
  const [command = process.execPath, ...words] = launcher;
  return spawn(command, [...words, '--enable-source-maps', '--import', guard.href, main, ...args], {
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
}
