import {
  evaluationUpdate,
  selectParameters,
  type Digest,
  type ModelManifest,
  type NodeId,
  type ParameterSpec,
  type RunPlan,
} from '@sedge/protocol';
import type { Fleet } from './ports.ts';

/** What the updates of a run consist of: the parameters that it trains, or the sums of an evaluation. */
export function updateParameters(
  { parameters = [] }: Pick<ModelManifest, 'parameters'>,
  { kind, trainable }: Pick<RunPlan, 'kind' | 'trainable'>,
): readonly ParameterSpec[] {
  return kind === 'evaluation' ? evaluationUpdate : selectParameters(parameters, trainable);
}

/**
 * The content that a run starts from: the weights of the version. What is only scored may carry its own; then the file
 * itself stands for them.
 */
export function startOf(
  { artifact, weights }: Pick<ModelManifest, 'artifact' | 'weights'>,
  { kind }: Pick<RunPlan, 'kind'>,
): Digest | undefined {
  return weights?.digest ?? (kind === 'evaluation' ? artifact.digest : undefined);
}

/** Nothing is asked of nodes: the coordinator scores a version on a data set of its own. */
export function isHeldHere({ heldBy, kind }: Pick<RunPlan, 'heldBy' | 'kind'>): boolean {
  return kind === 'evaluation' && heldBy === 'coordinator';
}

/** Who may take part: nodes that hold the data set, the named one of them, or nobody. Throws NODE_NOT_FOUND. */
export function populationOf(fleet: Pick<Fleet, 'nodesHolding' | 'idOf'>, plan: RunPlan): readonly NodeId[] {
  if (isHeldHere(plan)) return [];
  const holding = fleet.nodesHolding(plan.dataset);
  if (plan.node === undefined) return holding;
  const named = fleet.idOf(plan.node);
  return holding.filter((node) => node === named);
}
