import type { Emitter } from '../rules/emitter.ts';
import type { OptimizerSettings } from './optimizer.ts';
import type { ParameterInGraph, UpdateScalars } from './write-updates.ts';

/** 1 − βᵗ for both means. */
interface Corrections {
  readonly mean: string;
  readonly square: string;
}

export function stepCount(
  emit: Emitter,
  { beta1 = 0.9, beta2 = 0.999 }: OptimizerSettings,
  stepsDone: string,
): { next: string; corrections: Corrections } {
  const next = emit.add(stepsDone, emit.scalar(1));
  const correction = (beta: number) => emit.sub(emit.scalar(1), emit.op('Pow', [emit.scalar(beta), next]));
  return { next, corrections: { mean: correction(beta1), square: correction(beta2) } };
}

/** Kingma and Ba 2015, arXiv:1412.6980, algorithm 1; AdamW: Loshchilov and Hutter 2019, arXiv:1711.05101. */
export function adamUpdate(
  emit: Emitter,
  settings: OptimizerSettings,
  { name, gradient, state }: ParameterInGraph,
  { learningRate }: UpdateScalars,
  corrections: Corrections,
): [string, string][] {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = settings;
  const { mean = '', square = '' } = state;
  const nextMean = mixed(emit, mean, gradient, beta1);
  const nextSquare = mixed(emit, square, emit.mul(gradient, gradient), beta2);
  const root = emit.op('Sqrt', [emit.div(nextSquare, corrections.square)]);
  const direction = emit.div(emit.div(nextMean, corrections.mean), emit.add(root, emit.scalar(epsilon)));
  const decayed = settings.name === 'adamw' && weightDecay !== 0;
  const whole = decayed ? emit.add(direction, emit.scale(name, weightDecay)) : direction;
  return [
    [name, emit.sub(name, emit.mul(whole, learningRate))],
    [mean, nextMean],
    [square, nextSquare],
  ];
}

function mixed(emit: Emitter, old: string, added: string, decay: number): string {
  return emit.add(emit.scale(old, decay), emit.scale(added, 1 - decay));
}
