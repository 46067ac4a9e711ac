import { newId, nodeCrypto, type Randomness } from '@sedge/kit';
import {
  DELEGATION,
  keyId,
  publicKeyText,
  runId,
  sealEnvelope,
  type Delegation,
  type Envelope,
  type KeyPair,
  type ModelName,
  type RunId,
  type RunPlanInput,
} from '@sedge/protocol';
import { routes, type RunView } from '@sedge/protocol/routes';
import type { Client } from './client.ts';

export interface StartRunContext {
  readonly client: Client;
  readonly randomness: Randomness;
  readonly nowMs: number;
  /** Asked for only by a plan that publishes. */
  readonly publisherKey: () => Promise<KeyPair>;
}

/** A delegation outlives the longest run that somebody waits for, and not much more. */
const DELEGATION_MS = 7 * 24 * 3_600_000;

/**
 * Starts a run under an id of our own, so that a request that is sent again starts no second run. If the plan
 * publishes its result, the publisher's word for that goes along: the coordinator may sign for this run and model.
 */
export async function startRun(context: StartRunContext, plan: RunPlanInput): Promise<RunView> {
  const id = runId.parse(newId(context.randomness, 'run'));
  const publishAs = plan.publishAs as ModelName | undefined;
  const delegation = publishAs === undefined ? undefined : await delegate(context, plan, id, publishAs);
  const body = { id, plan, ...(delegation === undefined ? {} : { delegation }) };
  return context.client.call(routes.createRun, { body });
}

async function delegate(
  { client, nowMs, publisherKey }: StartRunContext,
  { model }: RunPlanInput,
  run: RunId,
  publishAs: ModelName,
): Promise<Envelope> {
  const coordinator = await client.call(routes.info);
  const path = { model: model.name, version: String(model.version) };
  const { artifact } = await client.call(routes.getModelVersion, { path });
  const granted: Delegation = {
    schema: 'sedge.delegation/v1',
    delegate: { keyId: keyId.parse(coordinator.keyId), publicKey: publicKeyText.parse(coordinator.publicKey) },
    run,
    model: publishAs,
    artifact: artifact.digest,
    notAfter: new Date(nowMs + DELEGATION_MS).toISOString(),
  };
  return sealEnvelope(nodeCrypto, DELEGATION, granted, await publisherKey());
}
