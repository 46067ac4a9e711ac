import { encodeModel, graphAttribute, GraphBuilder, modelOf, type OnnxGraph } from '@sedge/autodiff';
import type { Tensor } from '@sedge/protocol';

/** An ONNX model that adds one as often as it is told: a few rounds are quick, 2⁶² of them never end. */
export function roundsModel(): Uint8Array {
  const graph = new GraphBuilder('rounds');
  const rounds = graph.input('rounds', 'INT64', [1]);
  const start = graph.initializer('start', [], Float32Array.of(0));
  const attributes = { body: graphAttribute(addOne()) };
  graph.nodes('Loop', [rounds, '', start], { attributes, outputs: ['sum'] });
  graph.output('sum', 'FLOAT', []);
  return encodeModel(modelOf(graph.build()));
}

function addOne(): OnnxGraph {
  const body = new GraphBuilder('add-one');
  body.input('round', 'INT64', []);
  const goesOn = body.input('goes_on', 'BOOL', []);
  const before = body.input('before', 'FLOAT', []);
  const one = body.initializer('one', [], Float32Array.of(1));
  body.output(body.node('Identity', [goesOn]), 'BOOL', []);
  body.output(body.node('Add', [before, one]), 'FLOAT', []);
  return body.build();
}

export function roundsInput(rounds: bigint): Tensor {
  return { name: 'rounds', dataType: 'INT64', shape: [1], data: new Uint8Array(BigInt64Array.of(rounds).buffer) };
}
