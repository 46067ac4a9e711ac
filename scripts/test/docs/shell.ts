import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './pages.ts';

export interface ShellOptions {
  /** Home, scripts and logs of this shell. */
  readonly folder: string;
}

const STOP_PATIENCE_MS = 15_000;
const POLL_MS = 20;
const OUTPUT_CHARACTERS_MAX = 20_000;

/** One bash in the root of the checkout that keeps its variables from block to block, as a terminal does. */
export class Shell {
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #besideLogs: string[] = [];
  #hasEnded = false;
  #output = '';
  #blocks = 0;

  private constructor(folder: string, child: ChildProcess) {
    this.#folder = folder;
    this.#process = child;
    this.#ended = new Promise((resolve) => {
      child.once('close', () => {
        this.#hasEnded = true;
        resolve();
      });
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-OUTPUT_CHARACTERS_MAX);
      });
    }
  }

  static async open({ folder }: ShellOptions): Promise<Shell> {
    const home = join(folder, 'home');
    await mkdir(home, { recursive: true });
    const child = spawn('bash', ['--noprofile', '--norc', '-euo', 'pipefail', '-s'], {
      cwd: root,
      env: { ...cleanEnvironment(), HOME: home },
      // A group of its own, so that what runs in the background ends with it.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    return new Shell(folder, child);
  }

  /** What the commands printed. Throws with all of it when one of them fails, or when time is up. */
  async run(place: string, commands: string, timeoutMs: number): Promise<string> {
    const file = await this.#write(commands);
    const mark = `::done ${file}::`;
    this.#output = '';
    // From a file, so that no command reads the commands behind it as its input.
    this.#send(`. '${file}' < /dev/null\nprintf '\\n%s\\n' '${mark}'\n`);
    await this.#until(place, timeoutMs, () => this.#output.includes(mark));
    return this.#output.replace(`\n${mark}\n`, '');
  }

  /** In a terminal of its own: the commands run until the shell is closed. */
  async runBeside(commands: string): Promise<void> {
    const file = await this.#write(commands);
    this.#besideLogs.push(`${file}.log`);
    this.#send(`( . '${file}' ) < /dev/null > '${file}.log' 2>&1 &\n`);
  }

  /** What the commands in terminals of their own printed so far. */
  async outputBeside(): Promise<string> {
    const texts = await Promise.all(this.#besideLogs.map((path) => readFile(path, 'utf8').catch(String)));
    return texts.join('\n').slice(-OUTPUT_CHARACTERS_MAX);
  }

  /** Ends the shell and everything that it started; what does not stop in time is killed. */
  async close(): Promise<void> {
    const deadlineMs = performance.now() + STOP_PATIENCE_MS;
    this.#signal('SIGTERM');
    while (this.#signal(0) && performance.now() < deadlineMs) await sleep(POLL_MS);
    this.#signal('SIGKILL');
    await this.#ended;
  }

  async #write(commands: string): Promise<string> {
    this.#blocks += 1;
    const file = join(this.#folder, `block-${this.#blocks}.sh`);
    await writeFile(file, `${commands}\n`);
    return file;
  }

  #send(text: string): void {
    if (this.#hasEnded) throw new Error('the shell has ended: commands before these failed');
    this.#process.stdin?.write(text);
  }

  async #until(place: string, timeoutMs: number, isDone: () => boolean): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    while (!isDone()) {
      if (this.#hasEnded) throw new Error(`${place} failed:\n${this.#output}`);
      if (performance.now() > deadlineMs)
        throw new Error(`${place} took longer than ${timeoutMs} ms:\n${this.#output}`);
      await sleep(POLL_MS);
    }
  }

  /** To all processes of the group; false if there is none left. 0 only asks. */
  #signal(signal: NodeJS.Signals | 0): boolean {
    try {
      return process.kill(-(this.#process.pid ?? 0), signal);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
      throw error;
    }
  }
}

/** Without our own settings and without those of the test runner. */
function cleanEnvironment(): Record<string, string | undefined> {
  const entries = Object.entries(process.env).filter(
    ([name]) => !/^(SEDGE_|VITEST|NODE_ENV$|NODE_OPTIONS$)/.test(name),
  );
  return Object.fromEntries(entries);
}
