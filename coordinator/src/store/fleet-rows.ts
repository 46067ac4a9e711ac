import type { NodeId } from '@sedge/protocol';
import { eq } from 'drizzle-orm';
import type { FleetStore } from '../fleet/fleet.ts';
import type { NodeRecord } from '../fleet/node-record.ts';
import type { StoredReport } from '../fleet/report-flush.ts';
import type { Database } from './database.ts';
import { nodes, twins } from './durable-schema.ts';
import { nodeReports } from './telemetry-schema.ts';
import { withoutNulls } from './without-nulls.ts';

/** Every statement blocks the event loop: so many take some 10 ms. */
const REPORTS_PER_BATCH = 500;

/** Nodes in the durable file, what they say in the other one. */
export class FleetRows implements FleetStore {
  readonly #durable: Database;
  readonly #telemetry: Database;

  constructor(durable: Database, telemetry: Database) {
    this.#durable = durable;
    this.#telemetry = telemetry;
  }

  async loadNodes(): Promise<NodeRecord[]> {
    const rows = await this.#durable.read.select().from(nodes);
    return rows.map((row) => ({ ...row, publicKey: new Uint8Array(row.publicKey) }));
  }

  async updateNode({ id, name, labels }: NodeRecord): Promise<void> {
    await this.#durable.write((queries) => queries.update(nodes).set({ name, labels }).where(eq(nodes.id, id)));
  }

  async removeNode(node: NodeId): Promise<void> {
    await this.#durable.write((queries) =>
      queries.batch([
        queries.delete(nodes).where(eq(nodes.id, node)),
        queries.delete(twins).where(eq(twins.node, node)),
      ]),
    );
    await this.#telemetry.write((queries) => queries.delete(nodeReports).where(eq(nodeReports.node, node)));
  }

  async loadReports(): Promise<StoredReport[]> {
    return (await this.#telemetry.read.select().from(nodeReports)).map(withoutNulls);
  }

  /** In slices: each is one transaction, and between two of them the process does other work. */
  async saveReports(reports: readonly StoredReport[]): Promise<void> {
    for (let at = 0; at < reports.length; at += REPORTS_PER_BATCH) {
      await this.#saveSlice(reports.slice(at, at + REPORTS_PER_BATCH));
    }
  }

  async #saveSlice(reports: readonly StoredReport[]): Promise<void> {
    await this.#telemetry.write(async (queries) => {
      const [first, ...rest] = reports.map((report) =>
        queries.insert(nodeReports).values(report).onConflictDoUpdate({ target: nodeReports.node, set: report }),
      );
      if (first !== undefined) await queries.batch([first, ...rest]);
    });
  }
}

export function nodeRow({ publicKey, labels, ...record }: NodeRecord): typeof nodes.$inferInsert {
  return { ...record, labels: { ...labels }, publicKey: Buffer.from(publicKey) };
}
