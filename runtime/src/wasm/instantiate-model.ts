import { shimModules } from '../generated/shims.ts';
import { instantiate } from '../generated/trainable-model.ts';
import { TRAINING_FUNCTIONS } from './contract.ts';
import type { CompiledModel } from './compile-model.ts';
import { wasm, type WasmInstance, type WasmModule } from './web-assembly.ts';

/** Records as the bindings take and give them. */
export interface GuestTensor {
  readonly name: string;
  readonly dataType: string;
  readonly shape: ArrayLike<number>;
  readonly data: Uint8Array;
}

export interface GuestTensorSpec {
  readonly name: string;
  readonly dataType: string;
  readonly shape: ArrayLike<number>;
}

export interface GuestFunctionSpec {
  readonly name: string;
  readonly inputs: readonly GuestTensorSpec[];
  readonly outputs: readonly GuestTensorSpec[];
}

interface GuestConfig {
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  readonly seed: bigint;
  readonly proximal: number;
  readonly correction: readonly GuestTensor[] | undefined;
}

interface GuestProgress {
  readonly stepsDone: number;
  readonly stepsTotal: number;
  readonly examplesSeen: bigint;
  readonly lossSum: number;
}

/** A model's functions through the bindings. They throw a ComponentError for an error result, anything else is a trap. */
export interface Guest {
  readonly inference: {
    metadata(): GuestFunctionSpec[];
    load(weights: readonly GuestTensor[]): void;
    infer(functionName: string, inputs: readonly GuestTensor[]): GuestTensor[];
  };
  readonly training: {
    begin(weights: readonly GuestTensor[], examples: readonly GuestTensor[], config: GuestConfig): void;
    step(maxSteps: number): GuestProgress;
    finish(): {
      readonly weights: GuestTensor[];
      readonly metrics: { readonly name: string; readonly value: number }[];
    };
  };
}

export type GuestLog = (level: string, message: string) => void;

type Bindings = (
  coreModule: (name: string) => WasmModule,
  imports: Readonly<Record<string, unknown>>,
  instantiateCore: (module: WasmModule, imports?: Readonly<Record<string, unknown>>) => WasmInstance,
) => Guest;

/**
 * A fresh instance, through bindings that were made from our own world when this package was built. No JavaScript is
 * ever made from a model: the tool that makes it would copy names of the model into the code.
 */
export function instantiateModel({ module, trainable }: CompiledModel, log: GuestLog): Guest {
  const bind = instantiate as unknown as Bindings;
  const host = Object.freeze({ 'sedge:model/host': Object.freeze({ log }) });
  // The bindings answer at once where nothing that they are given is a promise.
  return bind(
    (name) => shims().get(name) ?? module,
    host,
    (core, imports) => {
      const instance = new wasm.Instance(core, imports);
      return core === module && !trainable ? withoutTraining(instance) : instance;
    },
  );
}

let compiledShims: ReadonlyMap<string, WasmModule> | undefined;

/** The modules that the bindings bring along: compiled once for all models. */
function shims(): ReadonlyMap<string, WasmModule> {
  compiledShims ??= new Map(
    Object.entries(shimModules).map(([name, text]) => [name, new wasm.Module(Buffer.from(text, 'base64'))]),
  );
  return compiledShims;
}

/** The bindings look up training functions by name: a model of the smaller world gets ones that refuse. */
function withoutTraining({ exports }: WasmInstance): WasmInstance {
  const refuse = (): never => {
    throw new TypeError('the model has no training interface');
  };
  return { exports: { ...exports, ...Object.fromEntries(TRAINING_FUNCTIONS.map((name) => [name, refuse])) } };
}
