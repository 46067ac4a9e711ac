import { mkdir } from 'node:fs/promises';
import type { Clock, Log } from '@sedge/kit';
import type { Digest, EngineChoice, EngineName, SedgeError } from '@sedge/protocol';
import type {
  ChooseOptions,
  EngineChooser,
  HostGroups,
  HostKind,
  ModelFiles,
  StartHost,
  TrainingJob,
  TrainingOptions,
  TrainingOutcome,
} from '@sedge/runtime';

/** Where models run: `process` is the safe one; `thread` takes less memory, for models of one's own. */
export const ISOLATIONS = ['process', 'thread'] as const;
export type Isolation = (typeof ISOLATIONS)[number];

export const ENGINE_SETTINGS = ['auto', 'onnx-web', 'onnx-node'] as const;

export interface ModelHostsOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly isolation: Isolation;
  /** What runs ONNX models for which no operator has pinned an engine. */
  readonly engine: (typeof ENGINE_SETTINGS)[number];
  /** What all models of one trust group may take together. */
  readonly memoryBytesMax: number;
  /** Less memory, and seconds more until a host begins. */
  readonly lowMemory: boolean;
  /** All that a host may read besides its own code. */
  readonly modelFolder: string;
  /** A file for what was measured of engines. */
  readonly choicePath: string;
  readonly cpuModel: () => string;
  readonly onModelLost: (id: string, error: SedgeError) => void;
  readonly onModelCrashed: (id: string, error: SedgeError) => void;
}

interface Started {
  readonly groups: HostGroups;
  readonly chooser: EngineChooser;
}

/**
 * The hosts of all models, by trust group, and the choice of their engines. Nothing of the runtime is even imported
 * before the first use: engines would cost an idle agent half of its memory.
 */
export class ModelHosts {
  readonly #options: ModelHostsOptions;
  #starting: Promise<Started> | undefined;

  constructor(options: ModelHostsOptions) {
    this.#options = options;
  }

  /** Which engine a model gets. Throws ENGINE_UNAVAILABLE, and for a model that none opens why. */
  async choose(files: ModelFiles, digest: Digest, { pin, signal }: ChooseOptions): Promise<EngineChoice> {
    const { chooser } = await this.#start();
    return chooser.choose(files, digest, { pin: pin ?? this.#preferred(files), signal });
  }

  async open(...call: Parameters<HostGroups['open']>): ReturnType<HostGroups['open']> {
    return (await this.#start()).groups.open(...call);
  }

  async run(...call: Parameters<HostGroups['run']>): ReturnType<HostGroups['run']> {
    return (await this.#start()).groups.run(...call);
  }

  async close(id: string): Promise<void> {
    await (await this.#starting)?.groups.close(id);
  }

  /** On the engine that serves the model best; on the processor, because other providers want weights that stay. */
  async train(job: TrainingJob, options: TrainingOptions, group: string): Promise<TrainingOutcome> {
    const { groups } = await this.#start();
    const { artifact, format } = job.files;
    if (format !== 'onnx' || !('path' in artifact)) return groups.train(job, options, group);
    const { engine } = await this.choose(job.files, artifact.digest, { signal: options.signal });
    return groups.train({ ...job, files: { ...job.files, engine: engine as EngineName } }, options, group);
  }

  /** Fine before the first use, and twice. */
  async stop(): Promise<void> {
    await (await this.#starting)?.groups.stop();
  }

  #preferred({ format }: ModelFiles): EngineName | undefined {
    const { engine } = this.#options;
    return format === 'onnx' && engine !== 'auto' ? engine : undefined;
  }

  #start(): Promise<Started> {
    return (this.#starting ??= startHosts(this.#options));
  }
}

async function startHosts(options: ModelHostsOptions): Promise<Started> {
  const { EngineChooser, HostGroups, hostStarter } = await import('@sedge/runtime/hosts');
  const { clock, log, isolation, lowMemory, memoryBytesMax, modelFolder } = options;
  // A host is let into this folder when it starts, so it has to be there.
  await mkdir(modelFolder, { recursive: true, mode: 0o700 });
  const common = { clock, isolation, lowMemory, memoryBytesMax, modelFolders: [modelFolder] };
  const { onModelLost, onModelCrashed } = options;
  const startHost: StartHost = (kind, group) =>
    hostStarter({ ...common, onModelLost, onModelCrashed, log: log.child({ host: group }) })(kind, group);
  const chooser = new EngineChooser({
    clock,
    log,
    cpuModel: options.cpuModel(),
    storePath: options.choicePath,
    // A model that fails while its engines are compared is not counted as crashed: the comparison says so itself.
    startHost: (engine) => hostStarter({ ...common, log: log.child({ trial: engine }) })(kindOf(engine), engine),
  });
  return { groups: new HostGroups({ startHost, clock }), chooser };
}

function kindOf(engine: EngineName): HostKind {
  return engine === 'onnx-node' ? 'native' : 'portable';
}

/** What the pool needs of them. */
export type OpenHosts = Pick<ModelHosts, 'open' | 'run' | 'close'>;
