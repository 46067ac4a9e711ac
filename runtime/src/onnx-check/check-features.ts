import type { OnnxGraph, OnnxModel, OnnxNode, UnknownField } from '@sedge/autodiff/files';
import { refused } from './refused.ts';

/** Operators that both builds of ONNX Runtime have: the standard, classical machine learning, and its own additions. */
const DOMAINS: readonly string[] = ['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft'];

export function checkDomain({ domain = '', opType }: OnnxNode): void {
  if (DOMAINS.includes(domain)) return;
  const known = DOMAINS.filter((name) => name !== '').join(', ');
  throw refused('ONNX_OPERATOR_UNKNOWN', `${opType} is of the domain ${domain}; those known here are ${known}`);
}

/** Fields of ModelProto in onnx.proto that may hold nodes and tensors of their own. */
const MODEL_FEATURES = new Map([
  [20, 'training information (training_info)'],
  [25, 'functions of its own (functions); inline them before the model is published'],
]);

export function checkKnownFields({ unknownFields }: OnnxModel): void {
  refuse(unknownFields, MODEL_FEATURES);
}

/** Fields of GraphProto and AttributeProto in onnx.proto whose dense size has nothing to do with the bytes of the file. */
const GRAPH_FEATURES = new Map([[15, 'sparse tensors (sparse_initializer)']]);
const ATTRIBUTE_FEATURES = new Map([
  [22, 'sparse tensors (sparse_tensor)'],
  [23, 'sparse tensors (sparse_tensors)'],
]);

export function checkGraphFields({ unknownFields, nodes }: OnnxGraph): void {
  refuse(unknownFields, GRAPH_FEATURES);
  for (const { attributes } of nodes) {
    for (const attribute of attributes) refuse(attribute.unknownFields, ATTRIBUTE_FEATURES);
  }
}

function refuse(fields: readonly UnknownField[] = [], features: ReadonlyMap<number, string>): void {
  for (const { number } of fields) {
    const feature = features.get(number);
    if (feature !== undefined) throw refused('ONNX_OPERATOR_UNKNOWN', `the model has ${feature}`);
  }
}
