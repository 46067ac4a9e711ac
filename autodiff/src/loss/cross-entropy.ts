import { intAttribute } from '../graph/attributes.ts';
import type { Emitter } from '../rules/emitter.ts';
import type { Loss } from './loss.ts';

/** −log softmax(z) of the right class, computed from log-softmax, which does not overflow. */
export const softmaxCrossEntropy: Loss = {
  cuts: ['Softmax', 'LogSoftmax'],
  targets: 'classes',
  write(emit, outputs, targets, width) {
    const logProbabilities = emit.op('LogSoftmax', [outputs]);
    const oneHot = oneHotRows(emit, targets, width);
    return {
      losses: emit.neg(emit.reduceSum(emit.mul(logProbabilities, oneHot), [1], false)),
      slope: () => emit.sub(emit.op('Exp', [logProbabilities]), oneHot),
      right: () => emit.cast(emit.op('Equal', [emit.op('ArgMax', [outputs], lastAxis()), targets]), 'FLOAT'),
    };
  },
};

/** By comparison: a class out of range becomes a row of zeros, where OneHot's indices would count from the end. */
function oneHotRows(emit: Emitter, targets: string, width: number): string {
  const classes = emit.integers(Array.from({ length: width }, (_, index) => index));
  return emit.cast(emit.op('Equal', [emit.op('Unsqueeze', [targets, emit.integers([1])]), classes]), 'FLOAT');
}

/** Mean of softplus(z) − z·t over the outputs, each of which is a question of its own, answered by 0 to 1. */
export const sigmoidCrossEntropy: Loss = {
  cuts: ['Sigmoid'],
  targets: 'values',
  write(emit, outputs, targets, width) {
    const each = emit.sub(softplus(emit, outputs), emit.mul(outputs, targets));
    const answered = () => emit.op('Greater', [outputs, emit.scalar(0)]);
    const wanted = () => emit.op('Greater', [targets, emit.scalar(0.5)]);
    return {
      losses: emit.reduceMean(each, [1], false),
      slope: () => emit.scale(emit.sub(emit.op('Sigmoid', [outputs]), targets), 1 / width),
      right: () => emit.reduceMean(emit.cast(emit.op('Equal', [answered(), wanted()]), 'FLOAT'), [1], false),
    };
  },
};

/** max(z, 0) + log(1 + e^−|z|): the operator Softplus overflows for large z on some engines. */
function softplus(emit: Emitter, z: string): string {
  const small = emit.op('Softplus', [emit.neg(emit.op('Abs', [z]))]);
  return emit.add(emit.op('Relu', [z]), small);
}

function lastAxis() {
  return { axis: intAttribute(1), keepdims: intAttribute(0) };
}
