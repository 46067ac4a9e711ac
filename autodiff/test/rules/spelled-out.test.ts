import type { OnnxTensor } from '../../src/codec/messages.ts';
import { type Attributes, attributesOf, floatAttribute, intAttribute } from '../../src/graph/attributes.ts';
import type { GraphBuilder } from '../../src/graph/graph-builder.ts';
import { NodeRewriter } from '../../src/normalise/node-rewriter.ts';
import { upgrades } from '../../src/normalise/upgrades.ts';
import { tensorOf } from '../../src/tensors/tensor-of.ts';
import { type GradientCase, variable } from './check-gradient.ts';
import { describeCases } from './describe-cases.ts';

const FIRST_OPSET = 23;

/** The nodes that take the operator's place, as normalising writes them into a graph. */
function spelledOut(opType: string, attributes: Attributes, constants: readonly OnnxTensor[] = []) {
  return (graph: GraphBuilder, variables: readonly string[]): readonly string[] => {
    const names = constants.map((constant) => graph.constant(constant));
    const rewriter = new NodeRewriter({ ...EMPTY, initializers: constants });
    const node = { opType, inputs: [...variables, ...names], outputs: ['y'], attributes: attributesOf(attributes) };
    const nodes = upgrades[opType]?.(node, FIRST_OPSET, rewriter) ?? [];
    for (const tensor of rewriter.added) graph.constant(tensor);
    for (const written of nodes) graph.copy(written);
    return ['y'];
  };
}

const EMPTY = { nodes: [], inputs: [], outputs: [], valueInfos: [], initializers: [] };

function attention(name: string, attributes: Attributes, constants: readonly OnnxTensor[] = []): GradientCase {
  const [queries, keys, values] = [variable([1, 2, 3, 2]), variable([1, 2, 3, 2]), variable([1, 2, 3, 3])];
  return {
    name,
    opType: 'Attention',
    inputs: [queries, keys, values],
    build: spelledOut('Attention', attributes, constants),
  };
}

const conditions = tensorOf('mask', [3, 3], Uint8Array.of(1, 0, 1, 1, 1, 0, 0, 1, 1), 'BOOL');
const addends = tensorOf('mask', [1, 3], Float32Array.of(0.5, -1, 0.2));

describeCases('operators that are newer than 21', [
  attention('plain', {}),
  attention('causal, with a cap', { is_causal: intAttribute(1), softcap: floatAttribute(0.8) }),
  attention('a mask of conditions', {}, [conditions]),
  attention('a mask of numbers, a scale', { scale: floatAttribute(1.5) }, [addends]),
  {
    name: 'heads together',
    opType: 'Attention',
    inputs: [variable([2, 3, 4]), variable([2, 2, 4]), variable([2, 2, 4])],
    build: spelledOut('Attention', { q_num_heads: intAttribute(2), kv_num_heads: intAttribute(2) }),
  },
  {
    name: 'of two axes',
    opType: 'RMSNormalization',
    inputs: [variable([2, 3, 2]), variable([3, 2], [0.5, 1.5])],
    build: spelledOut('RMSNormalization', { axis: intAttribute(-2), epsilon: floatAttribute(0.01) }),
  },
]);
