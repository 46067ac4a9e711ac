import { parameterCount, type ContentRef, type ModelManifest, type ModelName } from '@sedge/protocol';
import type { Clock, Log } from '@sedge/kit';
import type { Content, ModelSource, RunLedger, StoredRun } from './ports.ts';
import { weightsOf } from './run-effects.ts';
import type { Run } from './run-state.ts';

interface EndPorts {
  readonly clock: Pick<Clock, 'now'>;
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

async function publishResult(ports: EndPorts, stored: StoredRun, run: Run, name: ModelName): Promise<void> {
  const base = ports.models.manifestOf(run.plan.model);
  const digest = weightsOf(run);
  const weights: ContentRef = { digest, sizeBytes: (await ports.content.get(digest)).byteLength };
  const manifest: ModelManifest = {
    ...base,
    name,
    version: ports.models.nextVersion(name),
    weights,
    lineage: { run: run.id, rounds: run.records.length, base: run.plan.model },
    createdAt: new Date(ports.clock.now()).toISOString(),
  };
  const envelope = ports.models.sign(manifest);
  await ports.models.publish({
    manifest: envelope,
    ...(stored.delegation === undefined ? {} : { delegation: stored.delegation }),
  });
  const parameters = parameterCount(base.parameters ?? []);
  ports.log.info('the result of a run was published', {
    run: run.id,
    model: name,
    version: manifest.version,
    parameters,
  });
}
