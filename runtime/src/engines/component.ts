import { type FunctionSpec, SedgeError, type Tensor } from '@sedge/protocol';
import { arrangeInputs, arrangeOutputs, findFunction } from '../check-call.ts';
import type {
  Engine,
  ModelMetadata,
  ModelContent,
  Session,
  SessionTraining,
  TrainingConfig,
  TrainingOutcome,
  TrainingProgress,
} from '../engine.ts';
import { type CompiledModel, compileModel } from '../wasm/compile-model.ts';
import { DEFAULT_CAPS, type GrowthCaps } from '../wasm/growth-caps.ts';
import { type Guest, instantiateModel } from '../wasm/instantiate-model.ts';
import { fromGuestFailure, fromTrap, isGuestFailure } from './guest-errors.ts';
import { type LimitedLog, limitLog, type ModelLog } from './guest-log.ts';
import { fromGuest, functionsOf, toGuest } from './guest-types.ts';

export interface ComponentEngineOptions {
  readonly log: ModelLog;
  readonly caps?: GrowthCaps;
}

const ENGINE_NAME = 'component';

/** Runs WebAssembly components of the world in wasm-models/wit. */
export function componentEngine({ log, caps = DEFAULT_CAPS }: ComponentEngineOptions): Engine {
  return {
    name: ENGINE_NAME,
    async open(content) {
      const session = new ComponentSession(compileModel(content.artifact, caps), content.weights, limitLog(log));
      await session.start();
      return session;
    },
  };
}

class ComponentSession implements Session {
  readonly #compiled: CompiledModel;
  readonly #weights: ModelContent['weights'];
  readonly #log: LimitedLog;
  readonly training?: SessionTraining;
  #functions: FunctionSpec[] = [];
  /** Undefined after a trap: the memory of the instance may be in any state, so the next call gets a fresh one. */
  #guest: Guest | undefined;

  constructor(compiled: CompiledModel, weights: ModelContent['weights'], log: LimitedLog) {
    this.#compiled = compiled;
    this.#weights = weights;
    this.#log = log;
    if (compiled.trainable) this.training = this.#makeTraining();
  }

  get metadata(): ModelMetadata {
    return { engine: ENGINE_NAME, provider: 'wasm', functions: this.#functions, trainable: this.#compiled.trainable };
  }

  async start(): Promise<void> {
    const guest = await this.#instance();
    this.#functions = functionsOf(this.#call(() => guest.inference.metadata()));
  }

  async run(functionName: string, inputs: readonly Tensor[]): Promise<Tensor[]> {
    const spec = findFunction(this.#functions, functionName);
    const arranged = arrangeInputs(spec.inputs, inputs).map(toGuest);
    const guest = await this.#instance();
    const outputs = this.#call(() => guest.inference.infer(functionName, arranged));
    return arrangeOutputs(spec.outputs, outputs.map(fromGuest));
  }

  close(): Promise<void> {
    this.#guest = undefined;
    return Promise.resolve();
  }

  #makeTraining(): SessionTraining {
    return {
      begin: async (weights, examples, config) => this.#begin(weights, examples, config),
      step: async (maxSteps) => this.#step(maxSteps),
      finish: async () => this.#finish(),
    };
  }

  async #begin(weights: readonly Tensor[], examples: readonly Tensor[], config: TrainingConfig): Promise<void> {
    const guest = await this.#instance();
    const { correction, epochs, batchSize, learningRate, seed, proximal } = config;
    const settings = { epochs, batchSize, learningRate, seed, proximal, correction: correction?.map(toGuest) };
    this.#call(() => guest.training.begin(weights.map(toGuest), examples.map(toGuest), settings));
  }

  async #step(maxSteps: number): Promise<TrainingProgress> {
    const guest = await this.#instance();
    const { examplesSeen, ...progress } = this.#call(() => guest.training.step(maxSteps));
    return { ...progress, examplesSeen: Number(examplesSeen) };
  }

  async #finish(): Promise<TrainingOutcome> {
    const guest = await this.#instance();
    const { weights, metrics } = this.#call(() => guest.training.finish());
    return { weights: weights.map(fromGuest), metrics: metrics.map(({ name, value }) => ({ name, value })) };
  }

  async #instance(): Promise<Guest> {
    this.#guest ??= await this.#instantiate();
    return this.#guest;
  }

  async #instantiate(): Promise<Guest> {
    this.#log.renew();
    try {
      const guest = instantiateModel(this.#compiled, this.#log.log);
      if (this.#weights !== undefined) guest.inference.load(this.#weights.map(toGuest));
      return guest;
    } catch (cause) {
      const { detail } = isGuestFailure(cause) ? fromGuestFailure(cause.payload) : fromTrap(cause);
      throw new SedgeError('MODEL_LOAD_FAILED', detail, { cause, expose: true });
    }
  }

  #call<Result>(work: () => Result): Result {
    this.#log.renew();
    try {
      return work();
    } catch (error) {
      if (isGuestFailure(error)) throw fromGuestFailure(error.payload);
      this.#guest = undefined;
      throw fromTrap(error);
    }
  }
}
