import {
  encodeModel,
  graphAttribute,
  GraphBuilder,
  intAttribute,
  intsAttribute,
  modelOf,
  type OnnxGraph,
  type OnnxModel,
  type OnnxTensor,
} from '@sedge/autodiff';

/** relu(x + tensor): the smallest file that keeps a tensor. */
export function modelWith(tensor: Partial<OnnxTensor>): Uint8Array {
  const constant = { dims: [1], dataType: 1, stringData: [], externalData: [], name: 'tensor', ...tensor };
  return encodeModel(modelOf(reluOfSum(constant)));
}

export function reluOfSum(tensor: OnnxTensor): OnnxGraph {
  const graph = new GraphBuilder('sum');
  const sum = graph.node('Add', [graph.input('x', 'FLOAT', [1]), graph.constant(tensor)]);
  graph.output(graph.relu(sum, 'y'), 'FLOAT', [1]);
  return graph.build();
}

/** The same graph as a branch of an If, one level down. */
export function nested(branch: OnnxGraph): OnnxModel {
  const graph = new GraphBuilder('branches');
  const condition = graph.input('condition', 'BOOL', []);
  const attributes = { then_branch: graphAttribute(branch), else_branch: graphAttribute(branch) };
  graph.output(graph.node('If', [condition], { attributes, outputs: ['y'] }), 'FLOAT', [1]);
  return modelOf(graph.build());
}

export function plainTensor(extra: Partial<OnnxTensor> = {}): OnnxTensor {
  const rawData = new Uint8Array(Float32Array.of(1).buffer);
  return { dims: [1], dataType: 1, stringData: [], externalData: [], name: 'tensor', rawData, ...extra };
}

/** One of each kind of operator that indexes memory, small enough that most of its bytes are structure. */
export function smallNetwork(): Uint8Array {
  const graph = new GraphBuilder('small');
  const x = graph.input('x', 'FLOAT', [1, 1, 6, 6]);
  const filters = graph.initializer(
    'filters',
    [2, 1, 3, 3],
    Float32Array.from({ length: 18 }, (_, at) => at / 18),
  );
  const attributes = { kernel_shape: intsAttribute([3, 3]), pads: intsAttribute([1, 1, 1, 1]) };
  const convolved = graph.relu(graph.node('Conv', [x, filters], { attributes }));
  const pool = { kernel_shape: intsAttribute([2, 2]), strides: intsAttribute([2, 2]) };
  const pooled = graph.node('MaxPool', [convolved], { attributes: pool });
  const flat = graph.node('Reshape', [pooled, graph.initializer('shape', [2], BigInt64Array.of(1n, -1n))]);
  const order = graph.initializer('order', [4], BigInt64Array.of(3n, 0n, 17n, 5n));
  const picked = graph.node('Gather', [flat, order], { attributes: { axis: intAttribute(1) } });
  const weight = graph.initializer(
    'weight',
    [4, 3],
    Float32Array.from({ length: 12 }, (_, at) => at - 6),
  );
  const bias = graph.initializer('bias', [3], Float32Array.of(1, 2, 3));
  graph.output(graph.softmax(graph.gemm(picked, weight, bias), 'y'), 'FLOAT', [1, 3]);
  return encodeModel(modelOf(graph.build()));
}

/** A length-delimited field of protobuf's wire format. */
export function field(number: number, content: Uint8Array): Uint8Array {
  return Uint8Array.from([...varint(number * 8 + 2), ...varint(content.length), ...content]);
}

export function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(Math.floor(value / 0x80))];
}

export function concatenated(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
