import { type ModelName, SedgeError } from '@sedge/protocol';
import type { Log } from '@sedge/kit';
import type { Content, ModelSource, RunLedger, StoredRun } from './ports.ts';
import { weightsOf } from './run-effects.ts';
import type { Run } from './run-state.ts';

interface EndPorts {
  readonly content: Pick<Content, 'get'>;
  readonly ledger: RunLedger;
  readonly log: Log;
  readonly models: ModelSource;
}

/** Writes the end of a run into the ledger and publishes its result where the plan asks for it. Fine twice. */
export async function endRun(ports: EndPorts, stored: StoredRun, run: Run): Promise<void> {
  const { publishAs } = run.plan;
  const { endedAt, epsilon, id, plan, records, state } = run;
  await ports.ledger.append('run.ended', {
    run: id,
    state,
    rounds: records.length,
    ...(run.weights === undefined ? {} : { weights: run.weights }),
    ...(plan.privacy === undefined ? {} : { epsilon, delta: plan.privacy.delta }),
    ...(endedAt === undefined ? {} : { endedAt: new Date(endedAt).toISOString() }),
  });
  if (publishAs === undefined || state !== 'finished' || ports.models.publishedBy(id) !== undefined) return;
  await publishResult(ports, stored, run, publishAs);
}

async function publishResult(ports: EndPorts, { delegation }: StoredRun, run: Run, name: ModelName): Promise<void> {
  if (delegation === undefined) throw new SedgeError('DELEGATION_INVALID', `run ${run.id} has no delegation`);
  const digest = weightsOf(run);
  const { version } = await ports.models.publishFromRun({
    run: run.id,
    rounds: run.records.length,
    base: run.plan.model,
    name,
    weights: { digest, sizeBytes: (await ports.content.get(digest)).byteLength },
    delegation,
  });
  ports.log.info('the result of a run was published', { run: run.id, model: name, version });
}
