import type { Emitter } from '../rules/emitter.ts';
import type { OptimizerSettings } from './optimizer.ts';
import { isProportional } from './state-kinds.ts';
import type { ParameterInGraph, UpdateScalars } from './write-updates.ts';

/** w − rate·g (where g has the factor −rate already, w + g), or with momentum v = m·v + g and w − rate·v, or with Nesterov's w − rate·(g + m·v). */
export function sgdUpdate(
  emit: Emitter,
  settings: OptimizerSettings,
  { name, gradient, state }: ParameterInGraph,
  { learningRate }: UpdateScalars,
): [string, string][] {
  const { momentum = 0, nesterov = false } = settings;
  const { velocity } = state;
  if (isProportional(settings)) return [[name, emit.add(name, gradient)]];
  if (velocity === undefined) return [[name, descended(emit, name, gradient, learningRate)]];
  const next = emit.add(emit.scale(velocity, momentum), gradient);
  const direction = nesterov ? emit.add(gradient, emit.scale(next, momentum)) : next;
  return [
    [name, descended(emit, name, direction, learningRate)],
    [velocity, next],
  ];
}

function descended(emit: Emitter, name: string, direction: string, rate: string): string {
  return emit.sub(name, emit.mul(direction, rate));
}
