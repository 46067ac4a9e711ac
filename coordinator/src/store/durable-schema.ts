import type {
  DatasetName,
  DeploymentId,
  Digest,
  EngineName,
  Envelope,
  KeyId,
  ModelName,
  ModelInspection,
  ModelRef,
  NodeId,
  Role,
  RunId,
  RunPlan,
  SignedModel,
  TokenId,
} from '@sedge/protocol';
import type { NodeSelector } from '@sedge/protocol/routes';
import { blob, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { RunEvent } from '../federation/run-state.ts';
import type { DesiredModel } from '../rollouts/desired.ts';

/** What must survive a power cut. Times are milliseconds since 1970. */

export const apiTokens = sqliteTable('api_tokens', {
  id: text('id').$type<TokenId>().primaryKey(),
  name: text('name').notNull(),
  /** SHA-256 of the token, in hex. */
  hash: text('hash').notNull().unique(),
  roles: text('roles', { mode: 'json' }).$type<Role[]>().notNull(),
  createdAtMs: integer('created_at_ms').notNull(),
  expiresAtMs: integer('expires_at_ms'),
  revokedAtMs: integer('revoked_at_ms'),
});

export const enrolmentTokens = sqliteTable('enrolment_tokens', {
  id: text('id').$type<TokenId>().primaryKey(),
  /** SHA-256 of the secret, in hex. */
  hash: text('hash').notNull().unique(),
  createdAtMs: integer('created_at_ms').notNull(),
  expiresAtMs: integer('expires_at_ms').notNull(),
  usedAtMs: integer('used_at_ms'),
  node: text('node').$type<NodeId>(),
});

export const publishers = sqliteTable('publishers', {
  keyId: text('key_id').$type<KeyId>().primaryKey(),
  name: text('name').notNull(),
  /** 32 raw bytes in base64. */
  publicKey: text('public_key').notNull(),
  addedAtMs: integer('added_at_ms').notNull(),
});

export const nodes = sqliteTable('nodes', {
  id: text('id').$type<NodeId>().primaryKey(),
  name: text('name').notNull().unique(),
  publicKey: blob('public_key', { mode: 'buffer' }).notNull(),
  labels: text('labels', { mode: 'json' }).$type<Record<string, string>>().notNull(),
  enrolledAtMs: integer('enrolled_at_ms').notNull(),
});

export const twins = sqliteTable('twins', {
  node: text('node').$type<NodeId>().primaryKey(),
  version: integer('version').notNull(),
  models: text('models', { mode: 'json' }).$type<DesiredModel[]>().notNull(),
});

/** A deleted version keeps its row, so that its number is never used again. */
export const modelVersions = sqliteTable(
  'model_versions',
  {
    name: text('name').$type<ModelName>().notNull(),
    version: integer('version').notNull(),
    signed: text('signed', { mode: 'json' }).$type<SignedModel>().notNull(),
    publishedAtMs: integer('published_at_ms').notNull(),
    inspection: text('inspection', { mode: 'json' }).$type<ModelInspection>(),
    deletedAtMs: integer('deleted_at_ms'),
  },
  (table) => [primaryKey({ columns: [table.name, table.version] })],
);

export const deployments = sqliteTable('deployments', {
  id: text('id').$type<DeploymentId>().primaryKey(),
  model: text('model', { mode: 'json' }).$type<ModelRef>().notNull(),
  selector: text('selector', { mode: 'json' }).$type<NodeSelector>().notNull(),
  engine: text('engine').$type<EngineName>(),
  createdAtMs: integer('created_at_ms').notNull(),
});

export const datasets = sqliteTable('datasets', {
  name: text('name').$type<DatasetName>().primaryKey(),
  digest: text('digest').$type<Digest>().notNull(),
  sizeBytes: integer('size_bytes').notNull(),
  examples: integer('examples').notNull(),
  featureShape: text('feature_shape', { mode: 'json' }).$type<number[]>().notNull(),
  classes: integer('classes').notNull(),
  addedAtMs: integer('added_at_ms').notNull(),
});

/** What was asked for; everything else about a run follows from its events. */
export const runs = sqliteTable('runs', {
  id: text('id').$type<RunId>().primaryKey(),
  plan: text('plan', { mode: 'json' }).$type<RunPlan>().notNull(),
  delegation: text('delegation', { mode: 'json' }).$type<Envelope>(),
  createdAtMs: integer('created_at_ms').notNull(),
});

/** Everything that happened to a run, in order; replaying it gives the same state. */
export const runEvents = sqliteTable(
  'run_events',
  {
    run: text('run').$type<RunId>().notNull(),
    sequence: integer('sequence').notNull(),
    event: text('event', { mode: 'json' }).$type<RunEvent>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.sequence] })],
);

export const ledger = sqliteTable('ledger', {
  /** Counts from 0 without gaps. */
  index: integer('index').primaryKey(),
  atMs: integer('at_ms').notNull(),
  kind: text('kind').notNull(),
  body: text('body', { mode: 'json' }).$type<Record<string, unknown>>().notNull(),
  hash: text('hash').$type<Digest>().notNull(),
  signature: text('signature').notNull(),
});
