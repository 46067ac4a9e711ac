import { failureText, seededRandomness } from '@sedge/kit';
import { fakeClock } from '@sedge/kit/testing';
import { Client } from '../src/client.ts';
import { failureOf, isShown } from '../src/failure.ts';
import { programOf } from '../src/program.ts';
import { fakeDoor, type FakeDoor, type Reply } from './fake-door.ts';

export interface Ran {
  readonly written: string;
  readonly notes: readonly string[];
  readonly failure?: string;
  readonly exitCode: number;
  readonly door: FakeDoor;
}

export interface Surroundings {
  readonly replies?: Readonly<Record<string, Reply>>;
  readonly standardInput?: string;
}

/** One command, as main.ts runs it. */
export async function runProgram(args: readonly string[], surroundings: Surroundings = {}): Promise<Ran> {
  const door = fakeDoor(surroundings.replies ?? {});
  const notes: string[] = [];
  let written = '';
  let exitCode = 0;
  const program = programOf(
    {
      config: () => ({ url: 'http://door.test', token: undefined, publisherKey: undefined }),
      client: () => new Client({ url: 'http://door.test', fetch: door.fetch }),
      env: {},
      homeFolder: '/nonexistent',
      write: (text) => {
        written += text;
      },
      note: (line) => notes.push(line),
      readInput: () => Promise.resolve(surroundings.standardInput ?? ''),
      columns: 80,
      clock: fakeClock(),
      randomness: seededRandomness('cli'),
      signal: new AbortController().signal,
      setExitCode: (code) => {
        exitCode = code;
      },
    },
    '0.1.0',
  );
  try {
    await program.parseAsync([...args], { from: 'user' });
    return { written, notes, exitCode, door };
  } catch (error) {
    if (isShown(error)) return { written, notes, exitCode, door };
    const failure = failureText(failureOf(error), args.includes('--json'));
    return { written, notes, failure, exitCode: 1, door };
  }
}
