import { type Attributes, intAttribute, textAttribute } from '../../src/graph/attributes.ts';
import { describeCases } from '../rules/describe-cases.ts';
import { type GradientCase, variable } from '../rules/check-gradient.ts';

const GATES = { LSTM: 4, GRU: 3, RNN: 1 } as const;
const [STEPS, BATCH, INPUTS, HIDDEN] = [3, 2, 2, 2] as const;

interface Options {
  readonly directions?: 1 | 2;
  readonly start?: boolean;
  readonly bias?: boolean;
  readonly attributes?: Attributes;
}

function recurrent(opType: keyof typeof GATES, name: string, options: Options = {}): GradientCase {
  const { directions = 1, start = false, bias = true, attributes = {} } = options;
  const rows = GATES[opType] * HIDDEN;
  const isBatchFirst = attributes['layout'] !== undefined;
  const state = variable(isBatchFirst ? [BATCH, directions, HIDDEN] : [directions, BATCH, HIDDEN]);
  return {
    name,
    opType,
    inputs: [
      variable(isBatchFirst ? [BATCH, STEPS, INPUTS] : [STEPS, BATCH, INPUTS]),
      variable([directions, rows, INPUTS]),
      variable([directions, rows, HIDDEN]),
      bias ? variable([directions, 2 * rows]) : '',
      '',
      ...(start ? [state, ...(opType === 'LSTM' ? [state] : [])] : []),
    ],
    outputs: opType === 'LSTM' ? 3 : 2,
    attributes: { hidden_size: intAttribute(HIDDEN), ...attributes },
  };
}

const both: Options = { directions: 2, attributes: { direction: textAttribute('bidirectional') } };
const linear = { linear_before_reset: intAttribute(1) };

describeCases('recurrent layers', [
  recurrent('LSTM', 'from zeros'),
  recurrent('LSTM', 'from a start, without a bias', { start: true, bias: false }),
  recurrent('LSTM', 'in both directions', { ...both, start: true }),
  recurrent('LSTM', 'backwards', { attributes: { direction: textAttribute('reverse') } }),
  recurrent('GRU', 'from a start', { start: true }),
  recurrent('GRU', 'with the reset after the product', { start: true, attributes: linear }),
  recurrent('GRU', 'in both directions, without a bias', { ...both, bias: false }),
  recurrent('RNN', 'from a start', { start: true }),
]);
