import { ChunkAssembler, type Crypto, limits, type NodeId, type RequestId, SedgeError } from '@sedge/protocol';
import type { Clock, Timer } from '@sedge/kit';

export interface InflightOptions {
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly crypto: Pick<Crypto, 'sha256'>;
  readonly perNodeMax?: number;
  readonly changed?: (count: number) => void;
}

interface Request {
  readonly node: NodeId;
  readonly assembler: ChunkAssembler;
  readonly settle: (outcome: Uint8Array | SedgeError) => void;
}

/** Requests that wait for a node's answer. Each ends in exactly one way: answer, deadline, loss of the node, or giving up. */
export class Inflight {
  readonly #options: InflightOptions;
  readonly perNodeMax: number;
  readonly #requests = new Map<RequestId, Request>();
  readonly #counts = new Map<NodeId, number>();

  constructor(options: InflightOptions) {
    this.#options = options;
    this.perNodeMax = options.perNodeMax ?? limits.inflightPerNodeMax;
  }

  get size(): number {
    return this.#requests.size;
  }

  countOf(node: NodeId): number {
    return this.#counts.get(node) ?? 0;
  }

  /**
   * Opens a request to a node; resolves with the bytes of the answer.
   * Throws QUEUE_FULL, INFERENCE_TIMEOUT, NODE_LOST, what is wrong with the answer, and the reason of the signal.
   */
  wait(id: RequestId, node: NodeId, timeoutMs: number, signal: AbortSignal): Promise<Uint8Array> {
    if (this.countOf(node) >= this.perNodeMax) {
      return Promise.reject(new SedgeError('QUEUE_FULL', `${this.perNodeMax} requests wait for ${node}`));
    }
    return new Promise((resolve, reject) => {
      const ends: (() => void)[] = [];
      const settle = (outcome: Uint8Array | SedgeError): void => {
        for (const end of ends) end();
        this.#remove(id, node);
        if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      };
      this.#add(id, { node, assembler: this.#assembler(), settle });
      ends.push(cancelling(this.#deadline(id, node, timeoutMs, settle)), onAbort(signal, settle));
    });
  }

  /** Takes one frame of an answer. One for a request that is over, or of another node, changes nothing. */
  take(id: RequestId, node: NodeId, frame: Uint8Array): void {
    const request = this.#requests.get(id);
    if (request === undefined || request.node !== node) return;
    try {
      const { bytes } = request.assembler.accept(frame);
      if (bytes !== undefined) request.settle(bytes);
    } catch (cause) {
      request.settle(new SedgeError('MODEL_FAILED', `${node} sent a damaged answer`, { cause }));
    }
  }

  /** The request could not be made. */
  fail(id: RequestId, error: SedgeError): void {
    this.#requests.get(id)?.settle(error);
  }

  /** The node is gone: whoever waits for it need not wait longer. */
  nodeLost(node: NodeId): void {
    for (const request of this.#requests.values()) {
      if (request.node === node) request.settle(new SedgeError('NODE_LOST', `${node} left during a request`));
    }
  }

  /** Ends every request. */
  stop(): void {
    for (const { settle } of this.#requests.values()) {
      settle(new SedgeError('STOPPING', 'the coordinator stops'));
    }
  }

  #deadline(id: RequestId, node: NodeId, timeoutMs: number, settle: Request['settle']): Timer {
    return this.#options.clock.setTimer(timeoutMs, () =>
      settle(new SedgeError('INFERENCE_TIMEOUT', `${node} did not answer ${id} within ${timeoutMs} ms`)),
    );
  }

  #assembler(): ChunkAssembler {
    return new ChunkAssembler(this.#options.crypto, { streamBytesMax: limits.streamBytesMax, openStreamsMax: 1 });
  }

  #add(id: RequestId, request: Request): void {
    this.#requests.set(id, request);
    this.#counts.set(request.node, this.countOf(request.node) + 1);
    this.#options.changed?.(this.size);
  }

  #remove(id: RequestId, node: NodeId): void {
    if (!this.#requests.delete(id)) return;
    const left = this.countOf(node) - 1;
    if (left > 0) this.#counts.set(node, left);
    else this.#counts.delete(node);
    this.#options.changed?.(this.size);
  }
}

function cancelling(timer: Timer): () => void {
  return () => timer.cancel();
}

/** Nobody waits any more: the reason travels as it is if it has a code. */
function onAbort(signal: AbortSignal, settle: Request['settle']): () => void {
  const abort = (): void => {
    settle(signal.reason instanceof SedgeError ? signal.reason : new SedgeError('BAD_REQUEST', 'the caller went away'));
  };
  if (signal.aborted) queueMicrotask(abort);
  signal.addEventListener('abort', abort, { once: true });
  return () => signal.removeEventListener('abort', abort);
}
