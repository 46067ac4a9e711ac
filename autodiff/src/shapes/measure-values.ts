import { encodeModel } from '../codec/encode.ts';
import type { OnnxGraph, OnnxModel, OnnxTensor } from '../codec/messages.ts';
import type { Engine, EngineTensors } from '../engine/engine.ts';
import { OnnxError } from '../onnx-error.ts';
import { dataTypeName, type NumericTypeName } from '../tensors/data-type.ts';
import { tensorValues } from '../tensors/tensor-values.ts';
import { staticNames } from './static-names.ts';
import { type Value, ValueTable } from './value-table.ts';

/**
 * Types and shapes of all values of a model, by running it once with every value as an output: an engine knows the
 * shape rules of all operators, so they need not be written a second time. Shapes hold for the feeds' batch size.
 */
export async function measureValues(model: OnnxModel, feeds: EngineTensors, engine: Engine): Promise<ValueTable> {
  const outputs = await runExposed(model, feeds, engine);
  const fixed = staticNames(model.graph);
  const computed = Object.entries(outputs).map(([name, { type, dims, data }]): Value => {
    return fixed.has(name) ? { name, type, dims, constant: data } : { name, type, dims };
  });
  const fed = Object.entries(feeds).map(([name, { type, dims }]): Value => ({ name, type, dims }));
  return new ValueTable([...fed, ...model.graph.initializers.map(initializerValue), ...computed]);
}

async function runExposed(model: OnnxModel, feeds: EngineTensors, engine: Engine): Promise<EngineTensors> {
  try {
    const opened = await engine.open(encodeModel({ ...model, graph: exposeAll(model.graph) }));
    try {
      return await opened.run(feeds);
    } finally {
      await opened.close();
    }
  } catch (cause) {
    throw new OnnxError('ENGINE_FAILED', `the model does not run: ${reason(cause)}`, { cause });
  }
}

/** Outputs without a type: the engine infers it. */
function exposeAll(graph: OnnxGraph): OnnxGraph {
  const declared = new Set(graph.outputs.map(({ name }) => name));
  const inner = graph.nodes.flatMap(({ outputs }) => outputs).filter((name) => name !== '' && !declared.has(name));
  return { ...graph, outputs: [...graph.outputs, ...inner.map((name) => ({ name }))] };
}

function initializerValue(tensor: OnnxTensor): Value {
  const { name = '', dims } = tensor;
  const type = numericType(tensor);
  // Only what a rule may read is unpacked: a shape, an axis or a bound, never a weight.
  return elementCount(dims) <= CONSTANT_ELEMENTS_MAX
    ? { name, type, dims, constant: tensorValues(tensor) }
    : { name, type, dims };
}

const CONSTANT_ELEMENTS_MAX = 4096;

function numericType({ name, dataType }: OnnxTensor): NumericTypeName {
  const type = dataTypeName(dataType);
  if (type === undefined || type === 'STRING') {
    throw new OnnxError('UNSUPPORTED', `tensor "${name ?? ''}" is not of numbers`);
  }
  return type;
}

function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1);
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
