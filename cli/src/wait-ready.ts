import type { Clock } from '@sedge/kit';
import { isErrorCode, SedgeError } from '@sedge/protocol';
import { routes, type DeploymentView } from '@sedge/protocol/routes';
import type { Client } from './client.ts';

const POLL_MS = 200;

export interface Waiting {
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  readonly signal?: AbortSignal;
}

/**
 * The deployment, once the version is ready on every selected node that is online, and on one at least.
 * Throws what a node failed with, or NO_NODE_READY when time is up.
 */
export async function deploymentReady(
  client: Client,
  deployment: string,
  { clock, signal }: Waiting,
  timeoutMs: number,
): Promise<DeploymentView> {
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  for (;;) {
    const seen = await client.call(routes.getDeployment, { path: { deployment } });
    refuseFailed(seen);
    const online = seen.nodes.filter((node) => node.online);
    if (online.length > 0 && online.every(({ status }) => status?.state === 'ready')) return seen;
    if (clock.monotonicMs() > deadlineMs) throw timedOut(seen, timeoutMs);
    await clock.sleep(POLL_MS, signal);
  }
}

function refuseFailed({ nodes }: DeploymentView): void {
  const failed = nodes.find(({ status }) => status?.state === 'failed');
  if (failed === undefined) return;
  const { code = '', detail = '' } = failed.status?.error ?? {};
  throw new SedgeError(isErrorCode(code) ? code : 'MODEL_LOAD_FAILED', `on ${failed.name}: ${detail}`, {
    expose: true,
  });
}

function timedOut({ model, nodes }: DeploymentView, timeoutMs: number): SedgeError {
  const ready = nodes.filter(({ status }) => status?.state === 'ready').length;
  const detail = `${model.name}@${model.version} is ready on ${ready} of ${nodes.length} nodes after ${timeoutMs / 1_000} s`;
  return new SedgeError('NO_NODE_READY', detail, { expose: true });
}
