import { textAttribute } from '../../src/graph/attributes.ts';
import { type GradientCase, variable } from './check-gradient.ts';
import { describeCases } from './describe-cases.ts';

function einsum(equation: string, ...dims: readonly (readonly number[])[]): GradientCase {
  const inputs = dims.map((one) => variable(one));
  return { name: equation, opType: 'Einsum', inputs, attributes: { equation: textAttribute(equation) } };
}

describeCases('sums of products', [
  einsum('ij,jk->ik', [2, 3], [3, 4]),
  einsum('bhid,bhjd->bhij', [1, 2, 3, 2], [1, 2, 2, 2]),
  einsum('ij->i', [2, 3]),
  einsum('ij,k->k', [2, 3], [2]),
  einsum('ij,jk,kl->il', [2, 3], [3, 2], [2, 2]),
  einsum('ij->ji', [2, 3]),
  einsum('i,i->', [3], [3]),
  einsum('jk,ij', [3, 4], [2, 3]),
  einsum('...ij,...jk->...ik', [2, 2, 3], [2, 3, 2]),
  einsum('...ij,...jk->...ik', [2, 1, 2, 3], [1, 3, 3, 2]),
  einsum('...i,...i->...', [1, 3, 2], [2, 1, 2]),
]);
