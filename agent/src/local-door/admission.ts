import { SedgeError } from '@sedge/protocol';

export interface AdmissionBounds {
  /** Requests under way at a time. */
  readonly requestsMax: number;
  /** Bytes of all their bodies. */
  readonly bytesMax: number;
}

/** Bounds what is under way at once: refusing at the door is cheaper than running out of memory behind it. */
export class Admission {
  readonly #bounds: AdmissionBounds;
  #requests = 0;
  #bytes = 0;

  constructor(bounds: AdmissionBounds) {
    this.#bounds = bounds;
  }

  get underWay(): number {
    return this.#requests;
  }

  /** Until it is disposed of, the request counts. Throws QUEUE_FULL. */
  enter(bytes: number): Disposable {
    const { requestsMax, bytesMax } = this.#bounds;
    if (this.#requests >= requestsMax || this.#bytes + bytes > bytesMax) {
      throw new SedgeError('QUEUE_FULL', `${this.#requests} requests are under way`, { expose: true });
    }
    this.#requests += 1;
    this.#bytes += bytes;
    return {
      [Symbol.dispose]: () => {
        this.#requests -= 1;
        this.#bytes -= bytes;
      },
    };
  }
}
