import { intAttribute } from '../graph/attributes.ts';
import type { Emitter } from '../rules/emitter.ts';
import { adamUpdate, stepCount } from './adam.ts';
import type { OptimizerSettings } from './optimizer.ts';
import { sgdUpdate } from './sgd.ts';

/** A parameter as it stands in the graph, with its gradient and what else its update takes. */
export interface ParameterInGraph {
  readonly name: string;
  readonly gradient: string;
  /** Names of the optimizer's values for this parameter, by what they are. */
  readonly state: Readonly<Record<string, string>>;
  readonly anchor?: string;
  readonly correction?: string;
}

/** Values that all parameters share. */
export interface UpdateScalars {
  readonly learningRate: string;
  readonly proximal?: string;
  /** Of Adam: the number of steps so far. */
  readonly stepsDone?: string;
}

/** New values by the name of the old ones: parameters, their states and the step count. */
export function writeUpdates(
  emit: Emitter,
  settings: OptimizerSettings,
  parameters: readonly ParameterInGraph[],
  scalars: UpdateScalars,
): Map<string, string> {
  const clipped = clipTogether(
    emit,
    settings,
    parameters.map((parameter) => corrected(emit, parameter)),
  );
  const terms = clipped.map((parameter) => withPenalties(emit, settings, parameter, scalars));
  if (settings.name === 'sgd') return new Map(terms.flatMap((one) => sgdUpdate(emit, settings, one, scalars)));
  const { next, corrections } = stepCount(emit, settings, scalars.stepsDone ?? '');
  const updated = terms.flatMap((one) => adamUpdate(emit, settings, one, scalars, corrections));
  return new Map([...updated, [scalars.stepsDone ?? '', next]]);
}

function corrected(emit: Emitter, parameter: ParameterInGraph): ParameterInGraph {
  const { gradient, correction } = parameter;
  return correction === undefined ? parameter : { ...parameter, gradient: emit.add(gradient, correction) };
}

/** min(1, limit / norm), the norm being that of all gradients as one vector (Pascanu et al. 2013, arXiv:1211.5063). */
function clipTogether(
  emit: Emitter,
  { clipNorm }: OptimizerSettings,
  parameters: readonly ParameterInGraph[],
): readonly ParameterInGraph[] {
  if (clipNorm === undefined) return parameters;
  const squares = parameters.map(({ gradient }) =>
    emit.op('ReduceSumSquare', [gradient], { keepdims: intAttribute(0) }),
  );
  const norm = emit.op('Sqrt', [emit.total(squares)]);
  const factor = emit.op('Min', [emit.div(emit.scalar(clipNorm), emit.add(norm, emit.scalar(1e-6))), emit.scalar(1)]);
  return parameters.map((parameter) => ({ ...parameter, gradient: emit.mul(parameter.gradient, factor) }));
}

/** Weight decay and the proximal term are gradients of penalties on the weights. */
function withPenalties(
  emit: Emitter,
  { name, weightDecay = 0 }: OptimizerSettings,
  parameter: ParameterInGraph,
  { proximal }: UpdateScalars,
): ParameterInGraph {
  let { gradient } = parameter;
  if (weightDecay !== 0 && name !== 'adamw') gradient = emit.add(gradient, emit.scale(parameter.name, weightDecay));
  if (proximal !== undefined && parameter.anchor !== undefined) {
    gradient = emit.add(gradient, emit.mul(emit.sub(parameter.name, parameter.anchor), proximal));
  }
  return { ...parameter, gradient };
}
