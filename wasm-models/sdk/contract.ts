/**
 * The exports of the world edge-model over a `Model`. A model's file passes them on with one line:
 * `export * from '@sedge/model/contract'`.
 */
import { Functions } from './functions';
import { freshModel, Model } from './model';
import { Outputs } from './outputs';
import { Outcome, settle } from './refusal';
import { ErrorCode, failure, ok } from './result';
import { asList } from './tensor';
import { readText } from './text';

export { cabi_realloc, releaseCall } from './memory';

class Serving {
  readonly functions: Functions = new Functions();

  constructor(readonly model: Model) {
    model.describe(this.functions);
  }
}

let serving: Serving | null = null;

export function inference_metadata(): usize {
  return current().functions.toList();
}

export function inference_load(weights: usize, count: u32): usize {
  const model = freshModel();
  const refusal = settle(model.load(asList(weights, count)));
  if (refusal) return failure(refusal.code, refusal.message);
  serving = new Serving(model);
  return ok();
}

export function inference_infer(name: usize, nameBytes: u32, inputs: usize, count: u32): usize {
  const functionName = readText(name, nameBytes);
  const now = current();
  if (!now.functions.has(functionName)) return failure(ErrorCode.UNKNOWN_FUNCTION, 'there is no function ' + functionName);
  const outputs = new Outputs();
  return answer(settle(now.model.infer(functionName, asList(inputs, count), outputs)), outputs);
}

function answer(refusal: Outcome, outputs: Outputs): usize {
  if (refusal) return failure(refusal.code, refusal.message);
  const list = outputs.toList();
  const result = ok();
  store<usize>(result, list.pointer, 4);
  store<u32>(result, list.length, 8);
  return result;
}

/** A model without weights is never asked to load any. */
function current(): Serving {
  let known = serving;
  if (!known) {
    known = new Serving(freshModel());
    serving = known;
  }
  return known;
}
