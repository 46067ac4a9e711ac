import type { Log } from '@sedge/kit';
import { OutputLines } from './output-lines.ts';
import { stepsInLine, type StepsReport } from './training-steps.ts';

export interface TrainerOutputOptions {
  readonly log: Pick<Log, 'info'>;
  readonly onSteps: (report: StepsReport) => void;
}

/** Lines of one round that go to the log; the rest is read and dropped, so that the program never waits for us. */
const LOGGED_LINES_MAX = 200;
const LAST_LINES = 10;

/** What a trainer writes: reports of progress, and lines for the log. */
export class TrainerOutput {
  readonly stdout = new OutputLines((line) => this.#heard('stdout', line));
  readonly stderr = new OutputLines((line) => this.#heard('stderr', line));
  readonly #options: TrainerOutputOptions;
  #lines = 0;
  #lastErrors: readonly string[] = [];

  constructor(options: TrainerOutputOptions) {
    this.#options = options;
  }

  /** The last lines of its standard error. */
  get lastWords(): string {
    return this.#lastErrors.join('\n');
  }

  end(): void {
    this.stdout.end();
    this.stderr.end();
    const dropped = this.#lines - LOGGED_LINES_MAX;
    if (dropped > 0) this.#options.log.info('a trainer said more than is logged', { dropped });
  }

  #heard(stream: 'stdout' | 'stderr', line: string): void {
    const report = stream === 'stdout' ? stepsInLine(line) : undefined;
    if (report !== undefined) return this.#options.onSteps(report);
    if (stream === 'stderr') this.#lastErrors = [...this.#lastErrors, line].slice(-LAST_LINES);
    this.#lines += 1;
    if (this.#lines <= LOGGED_LINES_MAX) this.#options.log.info('a trainer says', { stream, line });
  }
}
