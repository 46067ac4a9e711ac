import { OnnxError } from '../onnx-error.ts';
import type { OptimizerSettings } from './optimizer.ts';

/** Throws INVALID_SETTINGS, naming the setting. */
export function checkOptimizer(settings: OptimizerSettings): void {
  const { name, momentum = 0, nesterov = false, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = settings;
  const { weightDecay = 0, clipNorm = 1 } = settings;
  within('momentum', momentum, 0, 1);
  within('beta1', beta1, 0, 1);
  within('beta2', beta2, 0, 1);
  if (!(epsilon > 0)) throw invalid('epsilon', epsilon, 'more than 0');
  if (!(weightDecay >= 0 && Number.isFinite(weightDecay))) throw invalid('weightDecay', weightDecay, 'at least 0');
  if (!(clipNorm > 0)) throw invalid('clipNorm', clipNorm, 'more than 0');
  if (momentum !== 0 && name !== 'sgd') throw invalid('momentum', momentum, `left out with ${name}`);
  if (nesterov && momentum === 0) throw invalid('nesterov', nesterov, 'left out without momentum');
}

function within(setting: string, value: number, low: number, below: number): void {
  if (!(value >= low && value < below)) throw invalid(setting, value, `from ${low} to below ${below}`);
}

function invalid(setting: string, value: unknown, allowed: string): OnnxError {
  return new OnnxError('INVALID_SETTINGS', `optimizer setting ${setting} is ${String(value)}; it must be ${allowed}`);
}
