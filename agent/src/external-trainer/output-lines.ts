import { StringDecoder } from 'node:string_decoder';

/** A longer line is cut; so is what waits for its line end. */
const LINE_CHARACTERS_MAX = 2_000;

/** Cuts what a program writes into lines, and never holds more than one of them. */
export class OutputLines {
  readonly #take: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #open = '';

  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  hear(bytes: Buffer): void {
    const [first = '', ...rest] = this.#decoder.write(bytes).split('\n');
    const last = rest.pop();
    this.#extend(first);
    if (last === undefined) return;
    this.#close();
    for (const line of rest) this.#emit(line);
    this.#extend(last);
  }

  /** The last line need not have an end. */
  end(): void {
    this.#extend(this.#decoder.end());
    if (this.#open !== '') this.#close();
  }

  #extend(text: string): void {
    this.#open = (this.#open + text).slice(0, LINE_CHARACTERS_MAX);
  }

  #close(): void {
    this.#emit(this.#open);
    this.#open = '';
  }

  #emit(line: string): void {
    this.#take(line.trimEnd().slice(0, LINE_CHARACTERS_MAX));
  }
}
