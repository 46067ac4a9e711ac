import { tensorOf } from '../../src/tensors/tensor-of.ts';
import { variable } from './check-gradient.ts';
import { describeCases } from './describe-cases.ts';

describeCases('dropout', [
  { name: 'that drops nothing', opType: 'Dropout', inputs: [variable([2, 3]), tensorOf('', [], Float32Array.of(0.4))] },
]);
