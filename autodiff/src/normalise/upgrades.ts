import type { OnnxNode } from '../codec/messages.ts';
import { attributeReader } from '../graph/attribute-reader.ts';
import { intAttribute, textAttribute } from '../graph/attributes.ts';
import { describeNode } from '../graph/describe-node.ts';
import { OnnxError } from '../onnx-error.ts';
import { attention } from './attention.ts';
import { type NodeRewriter, withAttributes, withoutAttributes } from './node-rewriter.ts';

/** Gives the nodes that do at TARGET_OPSET what a node did at an earlier version (onnx/docs/Changelog.md). */
export type Upgrade = (node: OnnxNode, version: number, rewriter: NodeRewriter) => readonly OnnxNode[];

export const upgrades: Readonly<Record<string, Upgrade>> = {
  Attention: attention,
  BatchNormalization: before(14, batchNormalization),
  Clip: before(11, clip),
  Dropout: before(12, dropout),
  GroupNormalization: before(21, groupNormalization),
  Hardmax: before(13, flattened),
  LogSoftmax: before(13, flattened),
  Pad: before(11, pad),
  ReduceL1: before(18, axesToInput),
  ReduceL2: before(18, axesToInput),
  ReduceLogSum: before(18, axesToInput),
  ReduceLogSumExp: before(18, axesToInput),
  ReduceMax: before(18, axesToInput),
  ReduceMean: before(18, axesToInput),
  ReduceMin: before(18, axesToInput),
  ReduceProd: before(18, axesToInput),
  ReduceSum: before(13, axesToInput),
  ReduceSumSquare: before(18, axesToInput),
  Resize: before(11, resize),
  RMSNormalization: rmsNormalization,
  Scatter: before(11, (node) => [{ ...node, opType: 'ScatterElements' }]),
  Slice: before(10, slice),
  Softmax: before(13, flattened),
  Split: before(18, split),
  Squeeze: before(13, axesToInput),
  TopK: before(10, topK),
  Unsqueeze: before(13, axesToInput),
  Upsample: before(10, upsample),
};

function before(changedIn: number, upgrade: Upgrade): Upgrade {
  return (node, version, rewriter) => (version < changedIn ? upgrade(node, version, rewriter) : [node]);
}

/** `spatial` 0 kept statistics of every place of an image. Further outputs were for training. */
function batchNormalization(node: OnnxNode): readonly OnnxNode[] {
  if (attributeReader(node).int('spatial', 1) === 0) {
    throw new OnnxError('UNSUPPORTED', `${describeNode(node)} has statistics for each place (spatial 0)`);
  }
  return [{ ...withoutAttributes(node, ['spatial']), outputs: node.outputs.slice(0, 1) }];
}

function clip(node: OnnxNode, _version: number, rewriter: NodeRewriter): readonly OnnxNode[] {
  const attributes = attributeReader(node);
  const limit = (name: string) => (attributes.has(name) ? rewriter.scalar(attributes.float(name, 0)) : '');
  const inputs = [...node.inputs.slice(0, 1), limit('min'), limit('max')];
  return [{ ...withoutAttributes(node, ['min', 'max']), inputs }];
}

function dropout(node: OnnxNode, _version: number, rewriter: NodeRewriter): readonly OnnxNode[] {
  const ratio = rewriter.scalar(attributeReader(node).float('ratio', 0.5));
  return [{ ...withoutAttributes(node, ['ratio']), inputs: [...node.inputs.slice(0, 1), ratio] }];
}

function groupNormalization(node: OnnxNode): readonly OnnxNode[] {
  throw new OnnxError('UNSUPPORTED', `${describeNode(node)} is of a version before 21, with weights for each group`);
}

/** Until 13 the axes from `axis` (1) on were one: a softmax over all of them. */
function flattened(node: OnnxNode, _version: number, rewriter: NodeRewriter): readonly OnnxNode[] {
  const axis = intAttribute(attributeReader(node).int('axis', 1));
  const shape = rewriter.node('Shape', node.inputs);
  const flat = rewriter.node('Flatten', node.inputs, { axis });
  const inner = {
    ...withAttributes(node, { axis: intAttribute(-1) }),
    inputs: flat.outputs,
    outputs: [rewriter.freshName()],
  };
  const back = rewriter.node('Reshape', [...inner.outputs, ...shape.outputs], {}, [...node.outputs]);
  return [shape, flat, inner, back];
}

function pad(node: OnnxNode, _version: number, rewriter: NodeRewriter): readonly OnnxNode[] {
  const attributes = attributeReader(node);
  const pads = rewriter.integers(attributes.ints('pads') ?? []);
  const inputs = [...node.inputs.slice(0, 1), pads, rewriter.scalar(attributes.float('value', 0))];
  return [{ ...withoutAttributes(node, ['pads', 'value']), inputs }];
}

function axesToInput(node: OnnxNode, _version: number, rewriter: NodeRewriter): readonly OnnxNode[] {
  const axes = attributeReader(node).ints('axes');
  if (axes === undefined) return [node];
  return [{ ...withoutAttributes(node, ['axes']), inputs: [...node.inputs.slice(0, 1), rewriter.integers(axes)] }];
}

/** Version 10 had no choice of coordinates: those of Upsample. */
function resize(node: OnnxNode): readonly OnnxNode[] {
  const [data = '', scales = ''] = node.inputs;
  const coordinates = {
    coordinate_transformation_mode: textAttribute('asymmetric'),
    nearest_mode: textAttribute('floor'),
  };
  return [{ ...withAttributes(node, coordinates), opType: 'Resize', inputs: [data, '', scales] }];
}

function upsample(node: OnnxNode, version: number, rewriter: NodeRewriter): readonly OnnxNode[] {
  if (version >= 9) return resize(node);
  const scales = node.attributes.find(({ name }) => name === 'scales')?.floats ?? new Float32Array();
  const inputs = [...node.inputs.slice(0, 1), rewriter.floats(Array.from(scales))];
  return resize({ ...withoutAttributes(node, ['scales']), inputs });
}

function slice(node: OnnxNode, _version: number, rewriter: NodeRewriter): readonly OnnxNode[] {
  const attributes = attributeReader(node);
  const lists = ['starts', 'ends', 'axes'].map((name) => attributes.ints(name));
  const inputs = lists.flatMap((list) => (list === undefined ? [] : [rewriter.integers(list)]));
  return [{ ...withoutAttributes(node, ['starts', 'ends', 'axes']), inputs: [...node.inputs.slice(0, 1), ...inputs] }];
}

function split(node: OnnxNode, _version: number, rewriter: NodeRewriter): readonly OnnxNode[] {
  const sizes = attributeReader(node).ints('split');
  if (sizes !== undefined) {
    const inputs = [...node.inputs.slice(0, 1), rewriter.integers(sizes)];
    return [{ ...withoutAttributes(node, ['split']), inputs }];
  }
  const hasSizes = (node.inputs[1] ?? '') !== '';
  return [hasSizes ? node : withAttributes(node, { num_outputs: intAttribute(node.outputs.length) })];
}

function topK(node: OnnxNode, _version: number, rewriter: NodeRewriter): readonly OnnxNode[] {
  const count = rewriter.integers([attributeReader(node).int('k', 1)]);
  return [{ ...withoutAttributes(node, ['k']), inputs: [...node.inputs.slice(0, 1), count] }];
}

/** Newer than TARGET_OPSET: x/√(mean x² + ε)·scale, spelled out. */
function rmsNormalization(node: OnnxNode, _version: number, rewriter: NodeRewriter): readonly OnnxNode[] {
  const [x = '', scale = ''] = node.inputs;
  const attributes = attributeReader(node);
  const first = attributes.int('axis', -1);
  if (first >= 0) throw new OnnxError('UNSUPPORTED', `${describeNode(node)} counts its axis from the front`);
  const axes = rewriter.integers(Array.from({ length: -first }, (_, index) => first + index));
  const square = rewriter.node('Mul', [x, x]);
  const mean = rewriter.node('ReduceMean', [...square.outputs, axes]);
  const sum = rewriter.node('Add', [...mean.outputs, rewriter.scalar(attributes.float('epsilon', 1e-5))]);
  const root = rewriter.node('Sqrt', sum.outputs);
  const values = rewriter.node('Div', [x, ...root.outputs]);
  return [square, mean, sum, root, values, rewriter.node('Mul', [...values.outputs, scale], {}, [...node.outputs])];
}
