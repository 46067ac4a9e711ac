import type { OnnxNode } from '../codec/messages.ts';
import { attributeReader } from '../graph/attribute-reader.ts';
import { intAttribute, intsAttribute } from '../graph/attributes.ts';
import { describeNode } from '../graph/describe-node.ts';
import { OnnxError } from '../onnx-error.ts';
import { DATA_TYPE } from '../tensors/data-type.ts';
import { NodeWriter } from '../unroll/node-writer.ts';
import type { NodeRewriter } from './node-rewriter.ts';

/** What masked scores become, which leaves a row that is masked whole with numbers: the lowest of float32. */
const MASKED = -3.4028234663852886e38;

/** Newer than TARGET_OPSET: softmax(Q·Kᵀ·scale + mask)·V (Vaswani et al. 2017), spelled out. */
export function attention(node: OnnxNode, _version: number, rewriter: NodeRewriter): readonly OnnxNode[] {
  refuseVariants(node);
  const write = new NodeWriter(rewriter);
  const heads = attributeReader(node).int('q_num_heads', 0);
  const [query, key, value] = node.inputs.slice(0, 3).map((name) => headsApart(write, name, heads));
  const scores = scoresOf(write, node, query ?? '', key ?? '');
  const masked = causallyMasked(write, node, withMask(write, node, rewriter, scores));
  const weights = write.op('Softmax', [masked], { axis: intAttribute(-1) });
  const [output = ''] = node.outputs;
  if (heads === 0) write.named('MatMul', [weights, value ?? ''], output);
  else headsTogether(write, write.op('MatMul', [weights, value ?? '']), output);
  return write.nodes;
}

function refuseVariants(node: OnnxNode): void {
  const attributes = attributeReader(node);
  const heads = attributes.int('q_num_heads', 0);
  if (attributes.int('kv_num_heads', heads) !== heads) throw refusal(node, 'shares keys between heads');
  if (node.inputs.slice(4).some((name) => name !== '')) throw refusal(node, 'continues from earlier keys');
  if (node.outputs.slice(1).some((name) => name !== '')) throw refusal(node, 'gives its keys or scores');
}

function refusal(node: OnnxNode, reason: string): OnnxError {
  return new OnnxError('UNSUPPORTED', `${describeNode(node)} ${reason}`);
}

/** [batch, length, heads·size] as [batch, heads, length, size]; with no number of heads it is that already. */
function headsApart(write: NodeWriter, name: string, heads: number): string {
  if (heads === 0) return name;
  return write.op('Transpose', [write.reshape(name, [0, 0, heads, -1])], { perm: intsAttribute([0, 2, 1, 3]) });
}

function headsTogether(write: NodeWriter, value: string, output: string): void {
  const moved = write.op('Transpose', [value], { perm: intsAttribute([0, 2, 1, 3]) });
  write.named('Reshape', [moved, write.integers([0, 0, -1])], output);
}

function scoresOf(write: NodeWriter, node: OnnxNode, query: string, key: string): string {
  const attributes = attributeReader(node);
  const products = write.op('MatMul', [query, write.op('Transpose', [key], { perm: intsAttribute([0, 1, 3, 2]) })]);
  const scale = attributes.float('scale', 0);
  const scaled =
    scale === 0
      ? write.op('Div', [products, rootOfHeadSize(write, query)])
      : write.op('Mul', [products, write.scalar(scale)]);
  const cap = attributes.float('softcap', 0);
  if (cap === 0) return scaled;
  return write.op('Mul', [write.op('Tanh', [write.op('Div', [scaled, write.scalar(cap)])]), write.scalar(cap)]);
}

function rootOfHeadSize(write: NodeWriter, query: string): string {
  const size = write.op('Shape', [query], { start: intAttribute(3) });
  return write.op('Sqrt', [write.op('Cast', [size], { to: intAttribute(DATA_TYPE.FLOAT) })]);
}

/** A mask of conditions keeps scores where it is true; a mask of numbers is added to them. */
function withMask(write: NodeWriter, node: OnnxNode, rewriter: NodeRewriter, scores: string): string {
  const [, , , name = ''] = node.inputs;
  if (name === '') return scores;
  const mask = rewriter.initializer(name);
  if (mask === undefined) throw refusal(node, 'has a mask that is not a constant');
  if (mask.dataType === DATA_TYPE.BOOL) return write.op('Where', [name, scores, write.scalar(MASKED)]);
  return write.op('Add', [scores, name]);
}

/** Nothing attends to what comes after it. */
function causallyMasked(write: NodeWriter, node: OnnxNode, scores: string): string {
  if (attributeReader(node).int('is_causal', 0) === 0) return scores;
  const shape = write.op('Shape', [scores], { start: intAttribute(-2) });
  const ones = write.op('Expand', [write.scalar(1), shape]);
  const earlier = write.op('Trilu', [ones], { upper: intAttribute(0) });
  const kept = write.op('Cast', [earlier], { to: intAttribute(DATA_TYPE.BOOL) });
  return write.op('Where', [kept, scores, write.scalar(MASKED)]);
}
