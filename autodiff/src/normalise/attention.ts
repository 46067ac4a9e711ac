import type { OnnxNode } from '../codec/messages.ts';
import { attributeReader } from '../graph/attribute-reader.ts';
import { intAttribute, intsAttribute } from '../graph/attributes.ts';
import { describeNode } from '../graph/describe-node.ts';
import { OnnxError } from '../onnx-error.ts';
import { DATA_TYPE } from '../tensors/data-type.ts';
import { NodeWriter } from '../unroll/node-writer.ts';
import type { NodeRewriter } from './node-rewriter.ts';

/** What masked scores become: the lowest of float32, of which a softmax over nothing else still makes numbers. */
const MASKED = -3.4028234663852886e38;

/** Newer than TARGET_OPSET: softmax(Q·Kᵀ·scale + mask)·V (Vaswani et al. 2017), spelled out. */
export function attention(node: OnnxNode, _version: number, rewriter: NodeRewriter): readonly OnnxNode[] {
  refuseVariants(node);
  const write = new NodeWriter(rewriter);
  const attributes = attributeReader(node);
  const heads = attributes.int('q_num_heads', 0);
  const keyHeads = attributes.int('kv_num_heads', heads);
  const [queries = '', keys = '', values = ''] = node.inputs;
  const query = headsApart(write, queries, heads);
  const [key, value] = [keys, values].map((name) => headsApart(write, repeated(write, name, heads, keyHeads), heads));
  const scores = scoresOf(write, node, query, key ?? '');
  const weights = weightsOf(
    write,
    withAddends(write, node, rewriter, scores),
    keptScores(write, node, rewriter, scores),
  );
  const [output = ''] = node.outputs;
  if (heads === 0) write.named('MatMul', [weights, value ?? ''], output);
  else headsTogether(write, write.op('MatMul', [weights, value ?? '']), output);
  return write.nodes;
}

function refuseVariants(node: OnnxNode): void {
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

/** Each head of keys as often as there are heads of queries that share it: [batch, length, heads, size]. */
function repeated(write: NodeWriter, name: string, heads: number, keyHeads: number): string {
  if (heads === keyHeads) return name;
  const apart = write.reshape(name, [0, 0, keyHeads, 1, -1]);
  return write.op('Expand', [apart, write.integers([1, 1, 1, heads / keyHeads, 1])]);
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

/** A mask of numbers is added. */
function withAddends(write: NodeWriter, node: OnnxNode, rewriter: NodeRewriter, scores: string): string {
  const [, , , mask = ''] = node.inputs;
  return mask === '' || rewriter.isBoolean(mask) ? scores : write.op('Add', [scores, mask]);
}

/** Which scores count, by a mask of conditions and by their order; undefined where all do. */
function keptScores(write: NodeWriter, node: OnnxNode, rewriter: NodeRewriter, scores: string): string | undefined {
  const [, , , mask = ''] = node.inputs;
  const allowed = mask !== '' && rewriter.isBoolean(mask) ? [mask] : [];
  const earlier = attributeReader(node).int('is_causal', 0) === 0 ? [] : [notAfter(write, scores)];
  const [first, second] = [...allowed, ...earlier];
  return first !== undefined && second !== undefined ? write.op('And', [first, second]) : first;
}

/** Nothing attends to what comes after it. */
function notAfter(write: NodeWriter, scores: string): string {
  const shape = write.op('Shape', [scores], { start: intAttribute(-2) });
  const ones = write.op('Expand', [write.scalar(1), shape]);
  const earlier = write.op('Trilu', [ones], { upper: intAttribute(0) });
  return write.op('Cast', [earlier], { to: intAttribute(DATA_TYPE.BOOL) });
}

/** Who may attend to nothing at all gets zeros, as engines have it, and not the mean that softmax makes of it. */
function weightsOf(write: NodeWriter, scores: string, kept: string | undefined): string {
  const attributes = { axis: intAttribute(-1) };
  if (kept === undefined) return write.op('Softmax', [scores], attributes);
  const masked = write.op('Where', [kept, scores, write.scalar(MASKED)]);
  return write.op('Where', [kept, write.op('Softmax', [masked], attributes), write.scalar(0)]);
}
