import { SedgeError, type Tensor } from '@sedge/protocol/core';

export interface SplitWeights {
  readonly trained: readonly Tensor[];
  /** Given, but left as they are. */
  readonly frozen: readonly Tensor[];
}

/** Those of the given weights whose names match a pattern (`*` and `?`) are trained; all, if there are no patterns. */
export function splitWeights(weights: readonly Tensor[], patterns: readonly string[] | undefined): SplitWeights {
  const expressions = patterns?.map(expressionOf);
  const isTrained = ({ name }: Tensor): boolean => expressions?.some((one) => one.test(name)) ?? true;
  const trained = weights.filter(isTrained);
  if (trained.length === 0) throw nothingTrained(weights, patterns);
  return { trained, frozen: weights.filter((weight) => !isTrained(weight)) };
}

function expressionOf(pattern: string): RegExp {
  const parts = pattern.split(/\*+/).map((part) => part.split('?').map(escaped).join('.'));
  return new RegExp(`^${parts.join('.*?')}$`, 's');
}

function escaped(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}]/g, String.raw`\$&`);
}

function nothingTrained(weights: readonly Tensor[], patterns: readonly string[] = []): SedgeError {
  const names = weights.slice(0, 8).map(({ name }) => name);
  const detail =
    weights.length === 0
      ? 'no weights were given to begin with'
      : `none of the weights (${names.join(', ')} …) has a name like ${patterns.join(', ')}`;
  return new SedgeError('TENSOR_MISMATCH', detail, { expose: true });
}
