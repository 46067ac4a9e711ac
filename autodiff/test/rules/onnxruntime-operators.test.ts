import { expect, it } from 'vitest';
import { ruleTable } from '../../src/rules/rule-table.ts';

/**
 * What github.com/microsoft/onnxruntime registers in orttraining/orttraining/core/graph/gradient_builder_registry.cc
 * for operators of the standard domain. Its BatchNormInternal is BatchNormalization in training mode. Left out are
 * operators of its own domain and of its training build: FusedMatMul, ConcatTraining, SoftmaxCrossEntropy,
 * SparseSoftmaxCrossEntropy, SoftmaxCrossEntropyLossInternal, BiasGelu, FastGelu, SimplifiedLayerNormalization,
 * MegatronF, MegatronG, Send, Recv, ATenOp, PythonOp, ExternalGradient.
 */
const REGISTERED = `
  Abs Add AveragePool BatchNormalization Cast Clip Concat Conv Div Dropout Erf Exp Expand Flatten Gather
  GatherElements GatherND Gelu Gemm GlobalAveragePool Identity LayerNormalization Log LogSoftmax MatMul Max
  MaxPool Min Mul Neg Pad Pow ReduceL2 ReduceLogSumExp ReduceMean ReduceSum Relu Reshape ScatterND Sigmoid Sin
  Slice Softmax SoftmaxCrossEntropyLoss Split Sqrt Squeeze Sub Tanh Tile TopK Transpose Unsqueeze Where
`
  .trim()
  .split(/\s+/);

it('every operator that ONNX Runtime can differentiate has a rule', () => {
  expect(new Set(REGISTERED).size).toBe(54);
  expect(REGISTERED.filter((opType) => !Object.hasOwn(ruleTable, opType))).toEqual([]);
});
