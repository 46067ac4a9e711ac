import type { DeploymentId } from '@sedge/protocol';
import { eq } from 'drizzle-orm';
import type { Deployment, RolloutStore, Twin } from '../rollouts/rollouts.ts';
import type { Database } from './database.ts';
import { deployments, twins } from './durable-schema.ts';
import { withoutNulls } from './without-nulls.ts';

/** Deployments, and the twins that follow from them. */
export class RolloutRows implements RolloutStore {
  readonly #durable: Database;

  constructor(durable: Database) {
    this.#durable = durable;
  }

  async loadDeployments(): Promise<Deployment[]> {
    return (await this.#durable.read.select().from(deployments)).map(withoutNulls);
  }

  async addDeployment(deployment: Deployment): Promise<void> {
    await this.#durable.write((queries) => queries.insert(deployments).values(deployment));
  }

  async deleteDeployment(id: DeploymentId): Promise<void> {
    await this.#durable.write((queries) => queries.delete(deployments).where(eq(deployments.id, id)));
  }

  async loadTwins(): Promise<Twin[]> {
    return this.#durable.read.select().from(twins);
  }

  async saveTwins(changed: readonly Twin[]): Promise<void> {
    await this.#durable.write(async (queries) => {
      const [first, ...rest] = changed.map(({ node, version, models }) => {
        const row = { node, version, models: [...models] };
        return queries.insert(twins).values(row).onConflictDoUpdate({ target: twins.node, set: row });
      });
      if (first !== undefined) await queries.batch([first, ...rest]);
    });
  }
}
