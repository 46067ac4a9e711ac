import { backward } from '../../src/backward/backward.ts';
import { encodeModel } from '../../src/codec/encode.ts';
import type { OnnxModel, OnnxTensor } from '../../src/codec/messages.ts';
import type { Engine, EngineTensor, EngineTensors, OpenedModel } from '../../src/engine/engine.ts';
import type { Attributes } from '../../src/graph/attributes.ts';
import { GraphBuilder } from '../../src/graph/graph-builder.ts';
import { modelOf } from '../../src/graph/model-of.ts';
import { TARGET_IR_VERSION, TARGET_OPSET } from '../../src/graph/target-opset.ts';
import { Emitter } from '../../src/rules/emitter.ts';
import type { RuleTable } from '../../src/rules/rule.ts';
import { ruleTable } from '../../src/rules/rule-table.ts';
import { measureValues } from '../../src/shapes/measure-values.ts';
import { tensorOf } from '../../src/tensors/tensor-of.ts';
import { unrollRecurrent } from '../../src/unroll/unroll-recurrent.ts';
import { anyEngine, engines } from '../engines.ts';
import { seededNumbers } from './seeded-numbers.ts';

/** An input that gets a gradient: random numbers of a range, or given ones. */
export interface VariableInput {
  readonly dims: readonly number[];
  /** -1 to 1 when left out. */
  readonly range?: readonly [number, number];
  readonly values?: readonly number[];
}

/** What a node takes: a variable, a constant tensor, or '' for an input that is left out. */
export type CaseInput = VariableInput | OnnxTensor | '';

export interface GradientCase {
  readonly name: string;
  readonly opType: string;
  readonly inputs: readonly CaseInput[];
  readonly attributes?: Attributes;
  /** One when left out. */
  readonly outputs?: number;
  /** Several nodes instead of one: gets the names of the inputs, gives those of the outputs. */
  readonly build?: (graph: GraphBuilder, inputs: readonly string[]) => readonly string[];
}

/** Gradients are compared relative to the largest of a variable, so that its zeros weigh no more than the rest. */
export interface GradientErrors {
  /** Largest distance from central finite differences, of all engines. */
  readonly relative: number;
  /** Largest distance between two engines. */
  readonly betweenEngines: number;
}

/** Of the two steps the better counts for each number: a long one may cross a kink, a short one drowns in rounding. */
const STEPS = [1e-2, 2e-3];

/** A variable input of a case: as an argument for the readers' sake, `variable([2, 3])`. */
export function variable(dims: readonly number[], range?: readonly [number, number]): VariableInput {
  return range === undefined ? { dims } : { dims, range };
}

/** An int64 constant, such as a shape or axes. */
export function integers(values: readonly number[], dims: readonly number[] = [values.length]): OnnxTensor {
  return tensorOf('', dims, BigInt64Array.from(values, BigInt));
}

/** Compares the rules' gradients of Σ c·y, for random c, with central finite differences of the same sum. */
export async function checkGradient(testCase: GradientCase, rules: RuleTable = ruleTable): Promise<GradientErrors> {
  const { model, feeds } = forwardModel(testCase);
  const measured = await differences(model, feeds);
  const found: GradientMap[] = [];
  for (const [, engine] of engines) found.push(await gradients(model, feeds, rules, engine));
  return {
    relative: Math.max(...found.map((one) => distance(one, measured))),
    betweenEngines: Math.max(...found.map((one) => distance(one, found[0] ?? one))),
  };
}

type GradientMap = ReadonlyMap<string, Float64Array>;

function forwardModel(testCase: GradientCase): { model: OnnxModel; feeds: Record<string, EngineTensor> } {
  const graph = new GraphBuilder('case');
  const random = seededNumbers(testCase.name.length + 1);
  const feeds: Record<string, EngineTensor> = {};
  const names = testCase.inputs.map((input, index) => {
    if (input === '') return '';
    if ('dataType' in input) return graph.constant({ ...input, name: `c${index}` });
    feeds[`x${index}`] = { type: 'FLOAT', dims: input.dims, data: valuesOf(input, random) };
    return graph.input(`x${index}`, 'FLOAT', input.dims);
  });
  const outputs = testCase.build?.(graph, names) ?? oneNode(graph, testCase, names);
  for (const name of outputs) graph.output(name, 'FLOAT', []);
  const built = graph.build();
  const untyped = { ...built, outputs: outputs.map((name) => ({ name })) };
  return { model: modelOf(untyped, { opset: TARGET_OPSET, irVersion: TARGET_IR_VERSION }), feeds };
}

function oneNode(graph: GraphBuilder, testCase: GradientCase, inputs: readonly string[]): readonly string[] {
  const { opType, attributes = {}, outputs: count = 1 } = testCase;
  const outputs = Array.from({ length: count }, (_, index) => `y${index}`);
  return graph.nodes(opType, inputs, { attributes, outputs });
}

function valuesOf({ dims, range = [-1, 1], values }: VariableInput, random: () => number): Float32Array<ArrayBuffer> {
  if (values !== undefined) return Float32Array.from(values);
  const [low, high] = range;
  const count = dims.reduce((product, size) => product * size, 1);
  return Float32Array.from({ length: count }, () => low + ((high - low) * (random() + 1)) / 2);
}

/** The c of Σ c·y. */
function coefficients(output: string, count: number): Float32Array<ArrayBuffer> {
  const random = seededNumbers(output.length + count);
  return Float32Array.from({ length: count }, random);
}

async function gradients(
  model: OnnxModel,
  feeds: EngineTensors,
  rules: RuleTable,
  engine: Engine,
): Promise<GradientMap> {
  const unrolled = unrollRecurrent(model.graph, await measureValues(model, feeds, engine));
  const prepared = unrolled.nodes.map((node) => rules[node.opType]?.prepare?.(node) ?? node);
  const values = await measureValues({ ...model, graph: { ...unrolled, nodes: prepared } }, feeds, engine);
  const graph = new GraphBuilder('gradient', { namePrefix: 'sedge:gradient.' });
  for (const [name, { dims }] of Object.entries(feeds)) graph.input(name, 'FLOAT', dims);
  for (const tensor of unrolled.initializers) graph.constant(tensor);
  for (const node of prepared) graph.copy(node);
  const emit = new Emitter(graph);
  const floats = model.graph.outputs.map(({ name }) => values.get(name)).filter(({ type }) => type === 'FLOAT');
  const seeds = new Map(
    floats.map(({ name, dims }) => [
      name,
      emit.tensor(
        dims,
        coefficients(
          name,
          dims.reduce((a, b) => a * b, 1),
        ),
      ),
    ]),
  );
  const wanted = Object.keys(feeds);
  const found = backward({ nodes: prepared, values, rules, emit, seeds, wanted });
  for (const name of new Set(found.values())) graph.output(name, 'FLOAT', []);
  const built = graph.build();
  const outputs = built.outputs.map(({ name }) => ({ name }));
  const options = { opset: TARGET_OPSET, irVersion: TARGET_IR_VERSION };
  const opened = await engine.open(encodeModel(modelOf({ ...built, outputs }, options)));
  try {
    const results = await opened.run(feeds);
    return new Map(wanted.map((name) => [name, gradientOf(results, found.get(name), feeds[name])]));
  } finally {
    await opened.close();
  }
}

function gradientOf(
  results: EngineTensors,
  gradient: string | undefined,
  input: EngineTensor | undefined,
): Float64Array {
  const count = input?.data.length ?? 0;
  if (gradient === undefined) return new Float64Array(count);
  const found = results[gradient];
  if (found?.dims.join() !== input?.dims.join()) {
    throw new Error(`the gradient has shape [${found?.dims.join()}], its value [${input?.dims.join()}]`);
  }
  return Float64Array.from(found?.data as Float32Array);
}

async function differences(model: OnnxModel, feeds: Record<string, EngineTensor>): Promise<GradientMap[]> {
  const opened = await anyEngine.open(encodeModel(model));
  try {
    const maps: GradientMap[] = [];
    for (const step of STEPS) maps.push(await differencesOf(opened, feeds, step));
    return maps;
  } finally {
    await opened.close();
  }
}

async function differencesOf(opened: OpenedModel, feeds: EngineTensors, step: number): Promise<GradientMap> {
  const found = new Map<string, Float64Array>();
  for (const [name, tensor] of Object.entries(feeds)) {
    const slopes = new Float64Array(tensor.data.length);
    for (const index of slopes.keys()) {
      const above = shifted(tensor, index, step);
      const below = shifted(tensor, index, -step);
      const rise = weightedSum(
        await opened.run({ ...feeds, [name]: above }),
        await opened.run({ ...feeds, [name]: below }),
      );
      slopes[index] = rise / (Number(above.data[index]) - Number(below.data[index]));
    }
    found.set(name, slopes);
  }
  return found;
}

function shifted(tensor: EngineTensor, index: number, step: number): EngineTensor {
  const data = Float32Array.from(tensor.data as Float32Array);
  data[index] = (data[index] ?? 0) + step;
  return { ...tensor, data };
}

/** Σ c·(above − below) in double precision: the differences are taken before anything is summed. */
function weightedSum(above: EngineTensors, below: EngineTensors): number {
  let sum = 0;
  for (const [name, { type, data }] of Object.entries(above)) {
    if (type !== 'FLOAT') continue;
    const factors = coefficients(name, data.length);
    const other = below[name]?.data as Float32Array;
    for (const [index, factor] of factors.entries()) sum += factor * (Number(data[index]) - (other[index] ?? NaN));
  }
  return sum;
}

/** Largest distance of a number from the nearest of its references, relative to the largest of its variable. */
function distance(found: GradientMap, reference: GradientMap | readonly GradientMap[]): number {
  const references = Array.isArray(reference) ? (reference as GradientMap[]) : [reference as GradientMap];
  let worst = 0;
  for (const [name, values] of found) {
    const alternatives = references.map((map) => map.get(name) ?? values);
    const largest = Math.max(
      1e-2,
      ...values.map(Math.abs),
      ...alternatives.flatMap((one) => Array.from(one, Math.abs)),
    );
    for (const [index, value] of values.entries()) {
      const error = Math.min(...alternatives.map((one) => Math.abs(value - (one[index] ?? NaN))));
      worst = Math.max(worst, Number.isNaN(error) ? Infinity : error / largest);
    }
  }
  return worst;
}
