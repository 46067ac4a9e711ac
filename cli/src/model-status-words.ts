import { probeResultWords, progressWords } from '@sedge/kit';
import type { ModelStatus } from '@sedge/protocol';
import { table } from './table.ts';

/** What went wrong with a model on a node, how far its pull is, or why it runs on its engine. */
export function aboutModel({ error, progress, choice }: Pick<ModelStatus, 'error' | 'progress' | 'choice'>): string {
  if (error !== undefined) return `${error.code} ${error.detail}`;
  return progress === undefined ? (choice?.reason ?? '') : progressWords(progress);
}

/** The engines that were tried, by what is told apart in the first column; nothing where none was. */
export function probeTable(
  heading: string,
  entries: readonly (readonly [name: string, status: Pick<ModelStatus, 'choice'> | undefined])[],
  columns: number,
): string[] {
  const rows = entries.flatMap(([name, status]) =>
    (status?.choice?.probes ?? []).map((probe) => [name, `${probe.engine}/${probe.provider}`, probeResultWords(probe)]),
  );
  return rows.length === 0 ? [] : ['', ...table([heading, 'TRIED', 'TIME OF A RUN'], rows, columns)];
}
