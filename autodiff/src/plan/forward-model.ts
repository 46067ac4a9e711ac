import type { OnnxGraph, OnnxModel, OnnxTensor } from '../codec/messages.ts';
import { prune } from '../graph/prune.ts';
import { losses } from '../loss/losses.ts';
import type { LossName } from '../loss/loss.ts';
import { normalise } from '../normalise/normalise.ts';
import { OnnxError } from '../onnx-error.ts';
import { chooseParameters, type TrainableChoice } from './choose-parameters.ts';
import { parametersInReach } from './check-rules.ts';
import { cutActivation } from './cut-activation.ts';

export interface ForwardChoice {
  readonly loss: LossName;
  readonly trainable: TrainableChoice;
  /** Which output is trained; may be left out for a model with one. */
  readonly output?: string;
}

/** A model as training sees it: in normal form, without what follows the value that the loss takes. */
export interface ForwardModel {
  readonly model: OnnxModel;
  /** The only output of the model: logits, or what the model computes. */
  readonly output: string;
  readonly parameters: readonly OnnxTensor[];
}

export function forwardModel(original: OnnxModel, { loss, trainable, output }: ForwardChoice): ForwardModel {
  const model = normalise(original);
  const last = cutActivation(model.graph, chosenOutput(model.graph, output), losses[loss].cuts);
  const pruned = prune(model.graph, [last]);
  const graph = { ...pruned, outputs: [{ name: last }] };
  const chosen = chooseParameters(graph, trainable, constantNames(original.graph));
  return { model: { ...model, graph }, output: last, parameters: inReach(graph, chosen, last) };
}

function chosenOutput({ outputs }: OnnxGraph, asked: string | undefined): string {
  const names = outputs.map(({ name }) => name);
  const [only] = names;
  if (asked === undefined && names.length === 1 && only !== undefined) return only;
  if (asked !== undefined && names.includes(asked)) return asked;
  throw new OnnxError('INVALID_SETTINGS', `output must be one of ${names.map((name) => `"${name}"`).join(', ')}`);
}

function constantNames({ nodes }: OnnxGraph): ReadonlySet<string> {
  return new Set(nodes.filter(({ opType }) => opType === 'Constant').flatMap(({ outputs }) => outputs));
}

function inReach(graph: OnnxGraph, chosen: readonly OnnxTensor[], output: string): readonly OnnxTensor[] {
  const reaching = parametersInReach(
    graph,
    chosen.map(({ name = '' }) => name),
    output,
  );
  return chosen.filter(({ name = '' }) => reaching.has(name));
}
