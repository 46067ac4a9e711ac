import { LOSS_NAMES, RUN_KINDS, SedgeError, type LossName, type RunKind, type RunPlanInput } from '@sedge/protocol';
import type { Command } from 'commander';
import { modelWord } from './model-word.ts';
import { numberOption, parseJson, readNamedFile, wordOption } from './option-values.ts';

export interface PlanOptions {
  readonly plan?: string;
  readonly kind?: RunKind;
  readonly node?: string;
  readonly heldBy?: 'nodes' | 'coordinator';
  readonly trainable?: string;
  readonly optimizer?: string;
  readonly weightDecay?: number;
  readonly gradientClipNorm?: number;
  readonly loss?: LossName;
  readonly inputScale?: number;
  readonly model?: string;
  readonly dataset?: string;
  readonly rounds?: number;
  readonly cohort?: string;
  readonly populationMin?: number;
  readonly updatesMin?: number;
  readonly epochs?: number;
  readonly batchSize?: number;
  readonly learningRate?: number;
  readonly proximal?: number;
  readonly serverLearningRate?: number;
  readonly clipNorm?: number;
  readonly noiseMultiplier?: number;
  readonly delta?: number;
  readonly epsilonMax?: number;
  readonly roundTimeout?: number;
  readonly seed?: string;
  readonly evaluate?: string;
  readonly everyRounds?: number;
  readonly stopAccuracy?: number;
  readonly publishAs?: string;
}

const HOLDERS = ['nodes', 'coordinator'] as const;
const LOCAL_DEFAULTS = { epochs: 1, batchSize: 16, learningRate: 0.1 };

export function planOptions(command: Command): Command {
  const number = (flags: string, description: string) =>
    command.option(flags, description, numberOption(flags.split(' ')[0] ?? flags));
  command.option('--plan <file>', 'the whole plan as JSON; the other options change single fields of it');
  command.option(
    '--kind <kind>',
    `${RUN_KINDS.join(', ')}; federated if nothing is said`,
    wordOption('--kind', RUN_KINDS),
  );
  command.option('--model <name@version>', 'the model to train, or to evaluate');
  command.option('--dataset <name>', 'nodes that hold it take part');
  command.option('--node <name>', 'of a local run: the node that trains');
  command.option('--held-by <who>', 'of an evaluation: nodes or coordinator', wordOption('--held-by', HOLDERS));
  number('--rounds <number>', 'how many rounds');
  command.option('--cohort <who>', 'all, fraction:0.5 or poisson:0.5');
  number('--population-min <number>', 'fewer nodes: do not start');
  number('--updates-min <number>', 'fewer updates: the round changes nothing');
  number('--epochs <number>', 'local epochs per round');
  number('--batch-size <number>', 'local batch size');
  number('--learning-rate <number>', 'local learning rate');
  number('--proximal <number>', "FedProx' mu");
  command.option('--trainable <patterns>', 'parameters to train: names with * and ?, commas between');
  command.option('--optimizer <name>', 'sgd, momentum:0.9, nesterov:0.9, adam or adamw');
  number('--weight-decay <number>', 'pulls weights towards zero');
  number('--gradient-clip-norm <number>', 'gradients are scaled down to this norm');
  command.option('--loss <name>', LOSS_NAMES.join(', '), wordOption('--loss', LOSS_NAMES));
  number('--input-scale <number>', 'features are bytes that are multiplied by this');
  number('--server-learning-rate <number>', 'the mean update is multiplied by it');
  number('--clip-norm <number>', 'private: L2 norm that updates are clipped to');
  number('--noise-multiplier <number>', 'private: noise, in units of the clip norm');
  number('--delta <number>', 'private: delta');
  number('--epsilon-max <number>', 'private: the budget');
  number('--round-timeout <seconds>', 'a round waits no longer');
  command.option('--seed <text>', 'seeds batches and fraction cohorts');
  command.option('--evaluate <dataset>', 'a data set of the coordinator to evaluate on');
  number('--every-rounds <number>', 'evaluate every so many rounds');
  number('--stop-accuracy <fraction>', 'end when this accuracy is reached');
  command.option('--publish-as <name>', 'publish the result under this name');
  return command;
}

/** The plan of the file with the options over it; the coordinator checks it and names what is wrong. */
export async function planOf(options: PlanOptions): Promise<RunPlanInput> {
  const file = options.plan === undefined ? {} : await readPlan(options.plan);
  const given = withoutUnset({
    ...topLevel(options),
    cohort: options.cohort === undefined ? undefined : cohortOf(options.cohort),
    local: merged(localBase(options, file), {
      epochs: options.epochs,
      batchSize: options.batchSize,
      learningRate: options.learningRate,
      proximal: options.proximal,
      optimizer: options.optimizer === undefined ? undefined : optimizerOf(options.optimizer),
      weightDecay: options.weightDecay,
      gradientClipNorm: options.gradientClipNorm,
      loss: options.loss,
      inputScale: options.inputScale,
    }),
    strategy:
      options.serverLearningRate === undefined
        ? undefined
        : { name: 'fedavg', serverLearningRate: options.serverLearningRate },
    privacy: merged(file['privacy'], {
      clipNorm: options.clipNorm,
      noiseMultiplier: options.noiseMultiplier,
      delta: options.delta,
      epsilonMax: options.epsilonMax,
    }),
    evaluation: merged(file['evaluation'], { dataset: options.evaluate, everyRounds: options.everyRounds }),
  });
  return { ...file, ...given } as RunPlanInput;
}

function topLevel(options: PlanOptions): Record<string, unknown> {
  const {
    kind,
    node,
    heldBy,
    trainable,
    model,
    dataset,
    rounds,
    populationMin,
    updatesMin,
    roundTimeout,
    seed,
    stopAccuracy,
    publishAs,
  } = options;
  return {
    kind,
    node,
    heldBy,
    trainable: trainable?.split(',').map((pattern) => pattern.trim()),
    model: model === undefined ? undefined : modelOf(model),
    dataset,
    rounds,
    populationMin,
    updatesMin,
    roundTimeoutMs: roundTimeout === undefined ? undefined : Math.round(roundTimeout * 1_000),
    seed,
    stop: stopAccuracy === undefined ? undefined : { accuracyMin: stopAccuracy },
    publishAs,
  };
}

function modelOf(text: string): { name: string; version: number } {
  const { name, version } = modelWord(text);
  if (version !== undefined) return { name, version };
  throw new SedgeError('USAGE', `--model needs a version, for example ${name}@1`, { expose: true });
}

/** What is trained has settings; an evaluation has none. */
function localBase({ kind, plan }: PlanOptions, file: Record<string, unknown>): unknown {
  if (plan !== undefined) return file['local'];
  return kind === 'evaluation' ? undefined : LOCAL_DEFAULTS;
}

function optimizerOf(text: string): { name: string; momentum?: number } {
  const [name = '', momentum] = text.split(':');
  return momentum === undefined ? { name } : { name, momentum: numberOption('--optimizer')(momentum) };
}

function cohortOf(text: string): { sampling: string; rate?: number } {
  const [sampling = '', rate] = text.split(':');
  return rate === undefined ? { sampling } : { sampling, rate: numberOption('--cohort')(rate) };
}

async function readPlan(path: string): Promise<Record<string, unknown>> {
  const plan = parseJson(new TextDecoder().decode(await readNamedFile(path)), path);
  if (typeof plan === 'object' && plan !== null && !Array.isArray(plan)) return { ...plan };
  throw new SedgeError('PLAN_INVALID', `${path} must hold one JSON object`, { expose: true });
}

/** Undefined if neither says anything. */
function merged(base: unknown, over: Record<string, unknown>): unknown {
  const given = withoutUnset(over);
  if (Object.keys(given).length === 0) return base;
  return { ...(typeof base === 'object' ? base : {}), ...given };
}

function withoutUnset(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
