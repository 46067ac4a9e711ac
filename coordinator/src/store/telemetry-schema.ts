import type { NodeId } from '@sedge/protocol';
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';
import type { NodeReport } from '../fleet/node-report.ts';

/** What nodes last said of themselves. They say it again, so a power cut may take the last seconds. */
export const nodeReports = sqliteTable('node_reports', {
  node: text('node').$type<NodeId>().primaryKey(),
  wasBorn: integer('was_born', { mode: 'boolean' }).notNull(),
  lastSeenAtMs: integer('last_seen_at_ms'),
  report: text('report', { mode: 'json' }).$type<NodeReport>().notNull(),
});
