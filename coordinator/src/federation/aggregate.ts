import {
  decodeSafetensors,
  type Digest,
  encodeSafetensors,
  namedWeights,
  type NodeId,
  type ParameterSpec,
  type RunId,
  type RunPlan,
  type Tensor,
  weightVector,
} from '@sedge/protocol';
import { systemRandomness } from '@sedge/kit';
import { FixedPointSum } from './fixed-point-sum.ts';
import type { Content, UpdateSpool } from './ports.ts';
import type { StoredUpdate } from './round-state.ts';
import { applyMean, meanUpdate, updateWeight } from './strategy.ts';

export interface ClosedRound {
  readonly run: RunId;
  readonly round: number;
  readonly plan: RunPlan;
  /** Size of the population, from which privacy takes its fixed denominator. */
  readonly population: number;
  readonly parameters: readonly ParameterSpec[];
  /** The weights that the round started from. */
  readonly weights: Digest;
  readonly updates: readonly (StoredUpdate & { readonly node: NodeId })[];
}

/**
 * Sums the stored updates of a round, adds noise where the plan asks for it, and stores the weights that follow. What
 * was made is kept as the release of the round: done again after a restart, it gives the same weights, because fresh
 * noise on the same sum would be a second answer that nobody accounted for.
 */
export async function aggregateRound(
  { content, spool }: { readonly content: Content; readonly spool: UpdateSpool },
  closed: ClosedRound,
): Promise<Digest> {
  const released = await spool.releaseOf(closed.run, closed.round);
  if (released !== undefined) return released;
  const started = decodeSafetensors(await content.get(closed.weights));
  const before = weightVector(started.filter(isIn(closed.parameters)), closed.parameters);
  const sum = await sumOfUpdates(spool, closed, before.length);
  const mean = meanUpdate(closed.plan, sum, closed.population, systemRandomness);
  const after = applyMean(before, mean, closed.plan.strategy.serverLearningRate);
  const trained = new Map(namedWeights(after, closed.parameters).map((tensor) => [tensor.name, tensor]));
  const next = started.map((tensor) => trained.get(tensor.name) ?? tensor);
  const file = encodeSafetensors(next, { run: closed.run, round: `${closed.round}` });
  const { digest } = await content.put(file);
  await spool.keepRelease(closed.run, closed.round, digest);
  return digest;
}

/** What the run does not train stays in the file as it is. */
function isIn(parameters: readonly ParameterSpec[]): (tensor: Tensor) => boolean {
  const names = new Set(parameters.map(({ name }) => name));
  return ({ name }) => names.has(name);
}

async function sumOfUpdates(spool: UpdateSpool, closed: ClosedRound, length: number): Promise<FixedPointSum> {
  const sum = new FixedPointSum(length);
  for (const { digest, examples, node } of closed.updates) {
    const bytes = await spool.get({ run: closed.run, round: closed.round, node }, digest);
    sum.add(new Float32Array(bytes.buffer), updateWeight(closed.plan, examples));
  }
  return sum;
}
