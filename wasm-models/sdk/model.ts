import { Functions } from './functions';
import { fail, OK, Outcome } from './refusal';
import { Outputs } from './outputs';
import { TensorList } from './tensor';

/**
 * A model without training, as its author writes it. `load` is called on a fresh model, which takes the place of the
 * earlier one only if it says `OK`: after a refusal the earlier weights stay.
 */
export abstract class Model {
  /** The functions of `infer`. Called again after `load`, when sizes that follow from the weights are known. */
  abstract describe(functions: Functions): void;

  /** Takes the weights. What is kept of them must be copied: `toArray`. */
  load(weights: TensorList): Outcome {
    return weights.length === 0 ? OK : fail('this model takes no weights');
  }

  /** Adds the answer to `outputs`. `name` is one of the described functions. */
  abstract infer(name: string, inputs: TensorList, outputs: Outputs): Outcome;
}

type MakeModel = () => Model;

let makeModel: MakeModel | null = null;

/** Says which model this component is; called once, at the top of the file: `serve(() => new Scorer())`. */
export function serve(make: MakeModel): void {
  makeModel = make;
}

export function freshModel(): Model {
  const make = makeModel;
  assert(make !== null, 'call serve(() => new YourModel()) in the file of the model');
  return make!();
}
