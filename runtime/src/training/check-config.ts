import { SedgeError } from '@sedge/protocol/core';
import type { TrainingConfig } from '../engine.ts';

/** Throws PLAN_INVALID for numbers that no training can have. */
export function checkConfig({ epochs, batchSize, learningRate, proximal }: TrainingConfig): void {
  wholeFromOne('epochs', epochs);
  wholeFromOne('batchSize', batchSize);
  if (!(learningRate > 0 && Number.isFinite(learningRate))) throw invalid('learningRate', learningRate, 'above 0');
  if (!(proximal >= 0 && Number.isFinite(proximal))) throw invalid('proximal', proximal, 'at least 0');
}

/** Settings that a component does not know: it brings a loss and plain SGD of its own. Throws PLAN_INVALID. */
export function checkComponentConfig({
  loss = 'auto',
  optimizer,
  trainable,
  inputScale,
  dropout,
}: TrainingConfig): void {
  const name = optimizer?.name ?? 'sgd';
  const isPlain = optimizer === undefined || (name === 'sgd' && Object.keys(optimizer).length === 1);
  const unknown = [
    ...(loss === 'auto' ? [] : ['loss']),
    ...(isPlain ? [] : ['optimizer']),
    ...(trainable === undefined ? [] : ['trainable']),
    ...(inputScale === undefined ? [] : ['inputScale']),
    ...(dropout === true ? ['dropout'] : []),
  ];
  if (unknown.length === 0) return;
  const detail = `a component trains with a loss and plain SGD of its own; leave out ${unknown.join(', ')}`;
  throw new SedgeError('PLAN_INVALID', detail, { expose: true });
}

function wholeFromOne(setting: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) throw invalid(setting, value, 'a whole number from 1');
}

function invalid(setting: string, value: number, allowed: string): SedgeError {
  return new SedgeError('PLAN_INVALID', `${setting} is ${value}; it must be ${allowed}`, { expose: true });
}
