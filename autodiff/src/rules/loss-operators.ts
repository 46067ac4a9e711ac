import { intAttribute } from '../graph/attributes.ts';
import type { RuleContext } from './rule-context.ts';
import type { GradientRule, RuleTable } from './rule.ts';

/** Losses that are operators, over the classes on axis 1. */
export const lossOperatorRules: RuleTable = {
  NegativeLogLikelihoodLoss: { gradient: negativeLogLikelihood },
  SoftmaxCrossEntropyLoss: { gradient: softmaxCrossEntropy },
};

/** −1 at the label. */
function negativeLogLikelihood(context: RuleContext): ReturnType<GradientRule> {
  const { emit } = context;
  const labelled = atLabels(context);
  return [emit.neg(emit.mul(labelled, scaleOf(context, labelled)))];
}

/** Softmax, −1 at the label. */
function softmaxCrossEntropy(context: RuleContext): ReturnType<GradientRule> {
  const { emit } = context;
  if (context.optionalGradient(1) !== undefined) context.refuse('its log probabilities are used');
  const labelled = atLabels(context);
  const probabilities = emit.op('Softmax', [context.input(0).name], { axis: intAttribute(1) });
  return [emit.mul(emit.sub(probabilities, labelled), scaleOf(context, labelled))];
}

/** One at the class that each place has as its label, zero elsewhere, and everywhere if the label is to be ignored. */
function atLabels(context: RuleContext): string {
  const { emit, attributes } = context;
  const [, classes = 1] = context.input(0).dims;
  const labels = emit.cast(emit.reshape(context.input(1).name, placesOf(context)), 'INT64');
  const known = perClass(
    context,
    emit.tensor(
      [classes],
      BigInt64Array.from({ length: classes }, (_, index) => BigInt(index)),
    ),
  );
  const labelled = emit.cast(emit.op('Equal', [labels, known]), 'FLOAT');
  if (!attributes.has('ignore_index')) return labelled;
  const ignored = emit.op('Equal', [labels, emit.integers([attributes.int('ignore_index', 0)])]);
  return emit.where(ignored, emit.scalar(0), labelled);
}

/** What the loss of each place counts for: the weight of its class, and the reduction's share of the gradient. */
function scaleOf(context: RuleContext, labelled: string): string {
  const { emit, attributes } = context;
  const weights = context.optionalInput(2);
  const weighted = weights === undefined ? labelled : emit.mul(labelled, perClass(context, weights.name));
  const counts = emit.reduceSum(weighted, [1], true);
  const reduction = attributes.text('reduction', 'mean');
  const gradient = reduction === 'none' ? emit.reshape(context.gradient(), placesOf(context)) : context.gradient();
  const share = emit.mul(gradient, counts);
  if (reduction !== 'mean') return share;
  const axes = Array.from(context.input(0).dims.keys());
  return emit.div(share, emit.reduceSum(counts, axes, true));
}

/** The shape of the scores with one class. */
function placesOf(context: RuleContext): number[] {
  return context.input(0).dims.map((size, axis) => (axis === 1 ? 1 : size));
}

function perClass(context: RuleContext, vector: string): string {
  return context.emit.reshape(
    vector,
    context.input(0).dims.map((size, axis) => (axis === 1 ? size : 1)),
  );
}
