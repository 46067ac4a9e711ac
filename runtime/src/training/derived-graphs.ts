import type { Training } from '@sedge/autodiff';

/** The graphs that train a model, and what was learnt when they were derived. */
export interface DerivedGraphs {
  readonly training: Training;
  /** All values of the forward graph at one batch. */
  readonly activationBytes: number;
}

const ENTRIES_MAX = 8;
/** The graphs of all entries: those of a model with a large frozen body carry that. */
const BYTES_MAX = 64 * 1024 * 1024;

/** Graphs that were derived, by what they were derived from: the next round of a run has them at once. */
export class GraphStore {
  /** A Map keeps the order of insertion; the first one was used longest ago. */
  readonly #entries = new Map<string, DerivedGraphs>();

  async getOrDerive(key: string, derive: () => Promise<DerivedGraphs>): Promise<DerivedGraphs> {
    const known = this.#entries.get(key);
    const graphs = known ?? (await derive());
    this.#entries.delete(key);
    if (bytesOf(graphs) <= BYTES_MAX) this.#entries.set(key, graphs);
    this.#trim();
    return graphs;
  }

  #trim(): void {
    for (const [key] of this.#entries) {
      if (this.#entries.size <= ENTRIES_MAX && this.#bytes() <= BYTES_MAX) return;
      this.#entries.delete(key);
    }
  }

  #bytes(): number {
    return [...this.#entries.values()].reduce((sum, graphs) => sum + bytesOf(graphs), 0);
  }
}

function bytesOf({ training: { epochGraph, stepGraph, evaluationGraph } }: DerivedGraphs): number {
  return epochGraph.byteLength + stepGraph.byteLength + evaluationGraph.byteLength;
}
