import { intAttribute } from '../../src/graph/attributes.ts';
import { variable } from './check-gradient.ts';
import { describeCases } from './describe-cases.ts';

const inputs = [variable([2, 3, 2], [-2, 2])];

describeCases('softmax and its like', [
  { name: 'of the last axis', opType: 'Softmax', inputs },
  { name: 'of a middle axis', opType: 'Softmax', inputs, attributes: { axis: intAttribute(1) } },
  { name: 'of the last axis', opType: 'LogSoftmax', inputs },
  { name: 'of a middle axis', opType: 'LogSoftmax', inputs, attributes: { axis: intAttribute(-2) } },
]);
