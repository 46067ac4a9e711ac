import { Duplex } from 'node:stream';
import type { PacketFilter } from './packet-filter.ts';

/**
 * A connection whose incoming bytes pass a packet filter before anybody buffers them. Outgoing bytes count as written
 * only when the connection below has flushed them, so that `writableLength` is the client's whole backlog.
 */
export class FilteredConnection extends Duplex {
  readonly #below: Duplex;
  readonly #filter: PacketFilter;

  constructor(below: Duplex, filter: PacketFilter) {
    super();
    this.#below = below;
    this.#filter = filter;
    below.on('data', (bytes: Buffer) => this.#receive(bytes));
    below.once('end', () => this.push(null));
    below.once('error', (error) => this.destroy(error));
    below.once('close', () => this.destroy());
  }

  /** The broker has let the client in. */
  admit(): void {
    this.#filter.admit();
  }

  override _read(): void {
    this.#below.resume();
  }

  override _write(bytes: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#below.write(bytes, done);
  }

  /** A packet is written in many small pieces; together they cost one call below. */
  override _writev(pieces: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#below.write(Buffer.concat(pieces.map(({ chunk }) => chunk)), done);
  }

  override _final(done: () => void): void {
    this.#below.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#below.destroy();
    done(error);
  }

  #receive(bytes: Buffer): void {
    try {
      this.#filter.inspect(bytes);
    } catch (error) {
      this.destroy(error as Error);
      return;
    }
    if (!this.push(bytes)) this.#below.pause();
  }
}
