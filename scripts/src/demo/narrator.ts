/** Where the words of the demonstration go. */
export interface Screen {
  write(text: string): void;
  /** Lines can be drawn over; otherwise everything is plain lines. */
  readonly isTerminal: boolean;
}

const BAR_WIDTH = 30;
/** Without a terminal a bar is a few lines, not one per step. */
const PLAIN_STEPS = 4;

/** Tells what happens: headings, lines, and bars that move. */
export class Narrator {
  readonly #screen: Screen;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  heading(text: string): void {
    this.#screen.write(`\n${text}\n`);
  }

  line(text: string): void {
    this.#screen.write(`  ${text}\n`);
  }

  lines(texts: readonly string[]): void {
    for (const text of texts) this.line(text);
  }

  bar(label: string, total: number): Bar {
    return new Bar(this.#screen, label, total);
  }
}

/** How much of something is done. */
export class Bar {
  readonly #screen: Screen;
  readonly #label: string;
  readonly #total: number;
  #done = 0;

  constructor(screen: Screen, label: string, total: number) {
    this.#screen = screen;
    this.#label = label;
    this.#total = total;
    this.#draw();
  }

  /** `note` stands behind the bar, for example the accuracy so far. */
  advance(note = ''): void {
    this.#done += 1;
    this.#draw(note);
    if (this.#done === this.#total && this.#screen.isTerminal) this.#screen.write('\n');
  }

  #draw(note = ''): void {
    const counted = `${this.#label} ${this.#done}/${this.#total}${note === '' ? '' : `  ${note}`}`;
    if (this.#screen.isTerminal) {
      this.#screen.write(`\r  ${barOf(this.#done / this.#total)} ${counted}\u001B[K`);
      return;
    }
    const stride = Math.max(1, Math.floor(this.#total / PLAIN_STEPS));
    const isTold = this.#done > 0 && (this.#done % stride === 0 || this.#done === this.#total);
    if (isTold) this.#screen.write(`  ${counted}\n`);
  }
}

function barOf(fraction: number): string {
  const filled = Math.round(BAR_WIDTH * fraction);
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}]`;
}
