const HEARD_MAX = 16_384;
const TOLD_MAX = 1_000;
/** Frames of a native stack, which say nothing to an operator. */
const STACK_FRAME = /^\s*\d+: 0x.*$/gm;

/** The end of what a guest wrote, for the reason why it fell silent. */
export class LastWords {
  #heard = '';

  hear(piece: string): void {
    this.#heard = `${this.#heard}${piece}`.slice(-HEARD_MAX);
  }

  get text(): string {
    return this.#heard.replace(STACK_FRAME, '').trim().slice(-TOLD_MAX);
  }
}
