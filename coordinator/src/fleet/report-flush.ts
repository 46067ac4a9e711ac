import type { NodeId } from '@sedge/protocol';
import type { Log } from '@sedge/kit';
import type { NodeReport } from './node-report.ts';

/** What is kept of a node's own word. */
export interface StoredReport {
  readonly node: NodeId;
  readonly report: NodeReport;
  /** Whether a birth was ever heard. */
  readonly wasBorn: boolean;
  readonly lastSeenAtMs?: number;
}

export interface ReportStore {
  saveReports(reports: readonly StoredReport[]): Promise<void>;
}

/** Collects which nodes spoke, and writes what they are now in one batch: a heartbeat alone costs no write. */
export class ReportFlush {
  readonly #store: ReportStore;
  readonly #reportOf: (node: NodeId) => StoredReport | undefined;
  readonly #log: Log;
  readonly #unsaved = new Set<NodeId>();
  #flushing: Promise<void> = Promise.resolve();

  constructor(store: ReportStore, reportOf: (node: NodeId) => StoredReport | undefined, log: Log) {
    this.#store = store;
    this.#reportOf = reportOf;
    this.#log = log;
  }

  mark(node: NodeId): void {
    this.#unsaved.add(node);
  }

  /** Resolves when everything marked before is written, or was tried. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#flushNow());
    return this.#flushing;
  }

  async #flushNow(): Promise<void> {
    const reports = [...this.#unsaved].flatMap((node) => this.#reportOf(node) ?? []);
    this.#unsaved.clear();
    if (reports.length === 0) return;
    try {
      await this.#store.saveReports(reports);
    } catch (error) {
      // The next flush tries again: nothing is lost but time.
      for (const { node } of reports) this.#unsaved.add(node);
      this.#log.error('reports of nodes could not be stored', { nodes: reports.length, error });
    }
  }
}
