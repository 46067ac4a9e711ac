import {
  asSedgeError,
  modelKey,
  parameterCount,
  SedgeError,
  type Digest,
  type Envelope,
  type ModelManifest,
  type NodeId,
  type ParameterSpec,
  type RunId,
  type RunPlan,
} from '@sedge/protocol';
import type { Evaluator, Fleet, ModelSource } from './ports.ts';
import { checkTrainable } from './check-trainable.ts';
import { createRun } from './run.ts';
import { isHeldHere, populationOf, startOf, updateParameters } from './run-work.ts';

/** What a run starts from. */
export interface RunBasis {
  readonly manifest: ModelManifest;
  readonly parameters: readonly ParameterSpec[];
  readonly parameterCount: number;
  readonly weights: Digest;
}

export interface CheckedRun {
  readonly basis?: RunBasis;
  readonly population: readonly NodeId[];
  readonly problems: readonly SedgeError[];
}

export interface RunToCheck {
  readonly id?: RunId;
  readonly plan: RunPlan;
  readonly delegation?: Envelope | undefined;
  /** Nothing is to be published yet, so no delegation is asked for. */
  readonly isRehearsal?: boolean;
}

interface CheckPorts {
  readonly evaluator: Pick<Evaluator, 'check'>;
  readonly fleet: Pick<Fleet, 'nodesHolding' | 'idOf'>;
  readonly models: Pick<ModelSource, 'manifestOf' | 'obstaclesOf' | 'checkDelegation'>;
}

/** Everything that would keep a plan from being carried out, all of it at once. */
export function checkRun(ports: CheckPorts, request: RunToCheck): CheckedRun {
  const { plan } = request;
  const problems: SedgeError[] = [];
  const attempt = <Result>(step: () => Result): Result | undefined => {
    try {
      return step();
    } catch (error) {
      problems.push(asSedgeError(error));
      return undefined;
    }
  };
  const basis = attempt(() => basisOf(ports.models, plan));
  const population = attempt(() => populationOf(ports.fleet, plan)) ?? [];
  attempt(() => checkPopulation(plan, population));
  attempt(() => createRun(request.id ?? ('rehearsal' as RunId), plan, 0));
  attempt(() => isHeldHere(plan) && ports.evaluator.check(plan.dataset));
  attempt(() => plan.evaluation && ports.evaluator.check(plan.evaluation.dataset));
  if (basis !== undefined && request.isRehearsal !== true) {
    attempt(() => checkPublication(ports.models, request, basis));
  }
  return { ...(basis === undefined ? {} : { basis }), population, problems };
}

function basisOf(models: CheckPorts['models'], plan: RunPlan): RunBasis {
  const manifest = models.manifestOf(plan.model);
  if (plan.kind !== 'evaluation') checkTrainable(manifest, plan, models.obstaclesOf(plan.model));
  const weights = startOf(manifest, plan);
  if (weights === undefined) {
    throw new SedgeError('PLAN_INVALID', `${modelKey(plan.model)} has no weights to start from`, { expose: true });
  }
  const parameters = updateParameters(manifest, plan);
  return { manifest, parameters, parameterCount: parameterCount(parameters), weights };
}

function checkPopulation(plan: RunPlan, population: readonly NodeId[]): void {
  if (population.length >= plan.populationMin || isHeldHere(plan)) return;
  const who = plan.node === undefined ? `${population.length} nodes hold` : `node ${plan.node} does not hold`;
  const wanted = plan.node === undefined ? `, the plan asks for ${plan.populationMin}` : '';
  throw new SedgeError('NO_NODES_FOR_RUN', `${who} the data set ${plan.dataset}${wanted}`, { expose: true });
}

function checkPublication(
  models: CheckPorts['models'],
  { delegation, id, plan: { publishAs } }: RunToCheck,
  { manifest }: RunBasis,
): void {
  if (publishAs === undefined) return;
  if (delegation === undefined || id === undefined) {
    const detail = `publishing as ${publishAs} needs the run's id and a delegation that a publisher signed for it`;
    throw new SedgeError('DELEGATION_INVALID', detail, { expose: true });
  }
  models.checkDelegation(delegation, { run: id, model: publishAs, artifact: manifest.artifact.digest });
}
