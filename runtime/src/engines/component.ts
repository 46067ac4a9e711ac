import { type FunctionSpec, SedgeError, type Tensor, type TensorSpec } from '@sedge/protocol/core';
import { arrangeInputs, arrangeOutputs, arrangeWeights, findFunction } from '../check-call.ts';
import type {
  Engine,
  ModelMetadata,
  ModelContent,
  Session,
  SessionTraining,
  TrainingConfig,
  TrainingOutcome,
  TrainingProgress,
  TrainingSession,
} from '../engine.ts';
import { checkComponentConfig } from '../training/check-config.ts';
import { type CompiledModel, compileModel } from '../wasm/compile-model.ts';
import { DEFAULT_CAPS, type GrowthCaps } from '../wasm/growth-caps.ts';
import { type Guest, instantiateModel } from '../wasm/instantiate-model.ts';
import { fromGuestFailure, fromTrap, isGuestFailure, startFailed, weightsRefused } from './guest-errors.ts';
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
    async openTraining({ artifact }) {
      // The weights of a training come with its begin; loading those of the model as well would only take memory.
      const session = new ComponentSession(compileModel(artifact, caps), undefined, limitLog(log));
      await session.start();
      return trainingOf(session);
    },
  };
}

function trainingOf(session: ComponentSession): TrainingSession {
  const { training } = session;
  if (training === undefined) {
    throw new SedgeError('MODEL_NOT_TRAINABLE', 'the component exports no training', { expose: true });
  }
  return { ...training, close: () => session.close() };
}

class ComponentSession implements Session {
  readonly #compiled: CompiledModel;
  readonly #weights: ModelContent['weights'];
  readonly #log: LimitedLog;
  readonly training?: SessionTraining;
  #functions: FunctionSpec[] = [];
  /** Names, types and shapes of the weights that a training began with, and has to end with. */
  #trained: readonly TensorSpec[] = [];
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
    const guest = this.#instance();
    this.#functions = functionsOf(this.#attempt(() => guest.inference.metadata(), startFailed));
  }

  async run(functionName: string, inputs: readonly Tensor[]): Promise<Tensor[]> {
    const spec = findFunction(this.#functions, functionName);
    const arranged = arrangeInputs(spec.inputs, inputs).map(toGuest);
    const guest = this.#instance();
    const outputs = this.#call(() => guest.inference.infer(functionName, arranged));
    return arrangeOutputs(spec.outputs, outputs.map(fromGuest));
  }

  close(): Promise<void> {
    this.#guest = undefined;
    return Promise.resolve();
  }

  #makeTraining(): SessionTraining {
    return {
      begin: async (weights, examples, config, checkpoint) => {
        if (checkpoint !== undefined) throw noCheckpoints();
        checkComponentConfig(config);
        this.#begin(weights, examples, config);
      },
      step: async (maxSteps) => this.#step(maxSteps),
      finish: async () => this.#finish(),
    };
  }

  #begin(weights: readonly Tensor[], examples: readonly Tensor[], config: TrainingConfig): void {
    const guest = this.#instance();
    const { correction, epochs, batchSize, learningRate, seed, proximal } = config;
    const settings = { epochs, batchSize, learningRate, seed, proximal, correction: correction?.map(toGuest) };
    this.#trained = weights.map(({ name, dataType, shape }) => ({ name, dataType, shape: [...shape] }));
    this.#call(() => guest.training.begin(weights.map(toGuest), examples.map(toGuest), settings));
  }

  async #step(maxSteps: number): Promise<TrainingProgress> {
    const guest = this.#instance();
    const { examplesSeen, ...progress } = this.#call(() => guest.training.step(maxSteps));
    return { ...progress, examplesSeen: Number(examplesSeen) };
  }

  async #finish(): Promise<TrainingOutcome> {
    const guest = this.#instance();
    const { weights, metrics } = this.#call(() => guest.training.finish());
    const trained = arrangeWeights(this.#trained, weights.map(fromGuest));
    return { weights: trained, metrics: metrics.map(({ name, value }) => ({ name, value })) };
  }

  #instance(): Guest {
    this.#guest ??= this.#instantiate();
    return this.#guest;
  }

  #instantiate(): Guest {
    const weights = this.#weights;
    const guest = this.#attempt(() => instantiateModel(this.#compiled, this.#log.log), startFailed);
    if (weights !== undefined) this.#attempt(() => guest.inference.load(weights.map(toGuest)), weightsRefused);
    return guest;
  }

  /** A call after the model was opened: its own answer may be a refusal, after which the instance is as it was. */
  #call<Result>(work: () => Result): Result {
    return this.#attempt(work, (error) => {
      if (isGuestFailure(error)) return fromGuestFailure(error.payload);
      this.#guest = undefined;
      return fromTrap(error);
    });
  }

  #attempt<Result>(work: () => Result, failure: (error: unknown) => SedgeError): Result {
    this.#log.renew();
    try {
      return work();
    } catch (error) {
      throw failure(error);
    }
  }
}

function noCheckpoints(): SedgeError {
  return new SedgeError('PLAN_INVALID', 'a component begins anew: it keeps no checkpoints', { expose: true });
}
