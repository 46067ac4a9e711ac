import { type NodeId, SedgeError, type TokenId } from '@sedge/protocol';
import { and, asc, eq, gt, isNull } from 'drizzle-orm';
import type { ApiToken, ApiTokenStore } from '../access/api-tokens.ts';
import type { EnrolmentTokenRecord, EnrolmentTokenStore } from '../access/enrolment-tokens.ts';
import type { EnrolmentStore } from '../access/enrolments.ts';
import type { PublisherRecord, PublisherStore } from '../access/publishers.ts';
import type { NodeRecord } from '../fleet/node-record.ts';
import type { Database } from './database.ts';
import { apiTokens, enrolmentTokens, nodes, publishers } from './durable-schema.ts';
import { nodeRow } from './fleet-rows.ts';
import { withoutNulls } from './without-nulls.ts';

type AccessStore = ApiTokenStore & EnrolmentTokenStore & EnrolmentStore & PublisherStore;

/** Tokens and publishers. */
export class AccessRows implements AccessStore {
  readonly #durable: Database;

  constructor(durable: Database) {
    this.#durable = durable;
  }

  async loadApiTokens(): Promise<ApiToken[]> {
    const rows = await this.#durable.read.select().from(apiTokens).where(isNull(apiTokens.revokedAtMs));
    return rows.sort((left, right) => left.createdAtMs - right.createdAtMs).map(withoutNulls);
  }

  async addApiToken({ roles, ...token }: ApiToken): Promise<void> {
    await this.#durable.write((queries) => queries.insert(apiTokens).values({ ...token, roles: [...roles] }));
  }

  async revokeApiToken(id: TokenId, atMs: number): Promise<void> {
    await this.#durable.write((queries) =>
      queries.update(apiTokens).set({ revokedAtMs: atMs }).where(eq(apiTokens.id, id)),
    );
  }

  async hasApiTokens(): Promise<boolean> {
    return (await this.#durable.read.select({ id: apiTokens.id }).from(apiTokens).limit(1)).length > 0;
  }

  async addEnrolmentTokens(tokens: readonly EnrolmentTokenRecord[]): Promise<void> {
    await this.#durable.write((queries) => queries.insert(enrolmentTokens).values([...tokens]));
  }

  async enrolmentTokenByHash(hash: string): Promise<EnrolmentTokenRecord | undefined> {
    const [row] = await this.#durable.read.select().from(enrolmentTokens).where(eq(enrolmentTokens.hash, hash));
    return row === undefined ? undefined : withoutNulls(row);
  }

  async listEnrolmentTokens(limit: number, afterId = ''): Promise<EnrolmentTokenRecord[]> {
    const rows = await this.#durable.read
      .select()
      .from(enrolmentTokens)
      .where(gt(enrolmentTokens.id, afterId as TokenId))
      .orderBy(asc(enrolmentTokens.id))
      .limit(limit);
    return rows.map(withoutNulls);
  }

  enrolNode(token: EnrolmentTokenRecord, node: NodeRecord): Promise<void> {
    return this.#durable.write(async (queries) => {
      const isFree = and(eq(enrolmentTokens.id, token.id), isNull(enrolmentTokens.usedAtMs));
      const [free] = await queries.select({ id: enrolmentTokens.id }).from(enrolmentTokens).where(isFree);
      // No other write can come between: this is the only writer, and this is its turn.
      if (free === undefined) throw new SedgeError('TOKEN_USED', `${token.id} was used meanwhile`);
      const used = { usedAtMs: node.enrolledAtMs, node: node.id satisfies NodeId };
      await queries.batch([
        queries.update(enrolmentTokens).set(used).where(isFree),
        queries.insert(nodes).values(nodeRow(node)),
      ]);
    });
  }

  async loadPublishers(): Promise<PublisherRecord[]> {
    return this.#durable.read.select().from(publishers).orderBy(asc(publishers.addedAtMs));
  }

  async addPublisher(publisher: PublisherRecord): Promise<void> {
    await this.#durable.write((queries) => queries.insert(publishers).values(publisher));
  }
}
