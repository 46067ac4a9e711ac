import { float32Tensor, type EngineName, SedgeError, type TensorSpec } from '@sedge/protocol';
import type { TrialHost } from '../../src/choice/trial.ts';
import { goldenModel } from '../../src/choice/golden-model.ts';
import type { ModelFiles } from '../../src/engine.ts';

/** How one engine with one provider behaves. */
export interface Behaviour {
  readonly medianMs?: number;
  /** What it answers to the model. */
  readonly answer?: number;
  readonly golden?: 'wrong';
  readonly openError?: SedgeError;
  readonly goldenError?: SedgeError;
  readonly probeError?: SedgeError;
  /** It cannot run on smaller inputs. */
  readonly sizeMin?: number;
  /** It never comes back from opening. */
  readonly hangs?: boolean;
}

/** Hosts that behave as a script says, by "engine/provider", and tell what was asked of them. */
export class ScriptedHosts {
  readonly script: Record<string, Behaviour>;
  /** Ids of the models that were opened, with the candidate. */
  readonly opened: string[] = [];
  readonly rivals: (number | undefined)[] = [];
  /** Of every model. */
  inputs: TensorSpec[] = [{ name: 'x', dataType: 'FP32', shape: [-1, -1] }];
  running = 0;
  mostRunning = 0;

  constructor(script: Record<string, Behaviour>) {
    this.script = script;
  }

  readonly start = (_engine: EngineName): TrialHost => {
    let provider = '';
    const behaviour = (): Behaviour => this.script[provider] ?? {};
    return {
      start: () => {
        this.running += 1;
        this.mostRunning = Math.max(this.mostRunning, this.running);
        return Promise.resolve();
      },
      stop: () => {
        this.running -= 1;
        return Promise.resolve();
      },
      open: (id, files) => {
        provider = candidateOf(files);
        this.opened.push(`${id} ${provider}`);
        return this.#open(id, files, behaviour());
      },
      run: () => Promise.resolve([goldenAnswer(behaviour())]),
      probe: (_id, { rivalMs, inputs }) => {
        this.rivals.push(rivalMs);
        const { medianMs = 1, answer = 0, probeError, sizeMin = 0 } = behaviour();
        const tooSmall = new SedgeError('MODEL_FAILED', 'the picture is too small');
        if ((inputs[0]?.shape[1] ?? 0) < sizeMin) return Promise.reject(tooSmall);
        if (probeError !== undefined) return Promise.reject(probeError);
        return Promise.resolve({ medianMs, runs: 3, outputs: [float32Tensor('y', [1], [answer])] });
      },
      close: () => Promise.resolve(),
    };
  };

  #open(
    id: string,
    { engine = 'onnx-web', provider = '' }: ModelFiles,
    behaviour: Behaviour,
  ): ReturnType<TrialHost['open']> {
    const { openError, goldenError, hangs = false } = behaviour;
    const error = id === 'golden' ? goldenError : openError;
    if (error !== undefined) return Promise.reject(error);
    if (hangs) return new Promise(() => undefined);
    const functions = [{ name: 'infer', inputs: this.inputs, outputs: [] }];
    return Promise.resolve({ engine, provider, functions, trainable: false });
  }
}

function candidateOf({ engine = 'onnx-web', provider = '' }: ModelFiles): string {
  return `${engine}/${provider}`;
}

function goldenAnswer({ golden }: Behaviour): ReturnType<typeof goldenModel>['expected'] {
  const { expected } = goldenModel();
  if (golden === undefined) return expected;
  return float32Tensor(expected.name, expected.shape, new Float32Array(10).fill(0.1));
}
