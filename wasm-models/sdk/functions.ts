import { dataTypeOf } from './data-type';
import { functionAt, functionList, inputAt, outputAt, writeFunction, writeTensorSpec } from './spec';

class TensorSpec {
  constructor(
    readonly name: string,
    readonly dataType: u8,
    readonly shape: i32[],
  ) {}
}

/** What one function of `infer` takes and gives. -1 in a shape stands for a size that the caller chooses. */
export class FunctionSpec {
  readonly inputs: TensorSpec[] = [];
  readonly outputs: TensorSpec[] = [];

  constructor(readonly name: string) {}

  input<T>(name: string, shape: i32[]): FunctionSpec {
    this.inputs.push(new TensorSpec(name, dataTypeOf<T>(), shape));
    return this;
  }

  output<T>(name: string, shape: i32[]): FunctionSpec {
    this.outputs.push(new TensorSpec(name, dataTypeOf<T>(), shape));
    return this;
  }
}

/** The functions that a model offers. */
export class Functions {
  private readonly all: FunctionSpec[] = [];

  add(name: string): FunctionSpec {
    const spec = new FunctionSpec(name);
    this.all.push(spec);
    return spec;
  }

  has(name: string): bool {
    for (let index = 0; index < this.all.length; index++) if (this.all[index].name === name) return true;
    return false;
  }

  /** The answer of metadata, in the memory of the call. */
  toList(): usize {
    const list = functionList(this.all.length);
    for (let index = 0; index < this.all.length; index++) write(functionAt(list, index), this.all[index]);
    return list;
  }
}

function write(at: usize, spec: FunctionSpec): void {
  writeFunction(at, spec.name, spec.inputs.length, spec.outputs.length);
  for (let index = 0; index < spec.inputs.length; index++) writeSpec(inputAt(at, index), spec.inputs[index]);
  for (let index = 0; index < spec.outputs.length; index++) writeSpec(outputAt(at, index), spec.outputs[index]);
}

function writeSpec(at: usize, spec: TensorSpec): void {
  writeTensorSpec(at, spec.name, spec.dataType, spec.shape);
}
