import { intAttribute, intsAttribute, textAttribute } from '../../src/graph/attributes.ts';
import type { GraphBuilder } from '../../src/graph/graph-builder.ts';
import { variable } from './check-gradient.ts';
import { describeCases } from './describe-cases.ts';

const [BATCH, LENGTH, HEADS, WIDTH] = [2, 3, 2, 4] as const;

/** A block of a transformer as exporters write it: attention of several heads, a layer of two products, two norms. */
function block(graph: GraphBuilder, inputs: readonly string[]): string[] {
  const [x = '', query = '', key = '', value = '', out = '', scale = '', up = '', down = ''] = inputs;
  const q = heads(graph, graph.node('MatMul', [x, query]), [0, 2, 1, 3]);
  const k = heads(graph, graph.node('MatMul', [x, key]), [0, 2, 3, 1]);
  const v = heads(graph, graph.node('MatMul', [x, value]), [0, 2, 1, 3]);
  const size = graph.initializer('size', [], Float32Array.of(Math.sqrt(WIDTH / HEADS)));
  const scores = graph.softmax(graph.node('Div', [graph.node('MatMul', [q, k]), size]));
  const joined = transposed(graph, graph.node('MatMul', [scores, v]), [0, 2, 1, 3]);
  const shape = graph.initializer('joined', [3], BigInt64Array.of(0n, 0n, -1n));
  const attended = graph.node('MatMul', [graph.node('Reshape', [joined, shape]), out]);
  const first = normed(graph, graph.node('Add', [x, attended]), scale);
  const wide = graph.node('Gelu', [graph.node('MatMul', [first, up])], {
    attributes: { approximate: textAttribute('tanh') },
  });
  return [normed(graph, graph.node('Add', [first, graph.node('MatMul', [wide, down])]), scale)];
}

function heads(graph: GraphBuilder, rows: string, permutation: readonly number[]): string {
  const shape = graph.initializer(`heads-of-${rows}`, [4], BigInt64Array.of(0n, 0n, BigInt(HEADS), -1n));
  return transposed(graph, graph.node('Reshape', [rows, shape]), permutation);
}

function transposed(graph: GraphBuilder, value: string, permutation: readonly number[]): string {
  return graph.node('Transpose', [value], { attributes: { perm: intsAttribute(permutation) } });
}

function normed(graph: GraphBuilder, value: string, scale: string): string {
  return graph.node('LayerNormalization', [value, scale], { attributes: { axis: intAttribute(-1) } });
}

describeCases('attention', [
  {
    name: 'a block of a transformer',
    opType: 'MatMul',
    inputs: [
      variable([BATCH, LENGTH, WIDTH]),
      ...Array.from({ length: 4 }, () => variable([WIDTH, WIDTH])),
      variable([WIDTH], [0.5, 1.5]),
      variable([WIDTH, 2 * WIDTH]),
      variable([2 * WIDTH, WIDTH]),
    ],
    build: block,
  },
]);
