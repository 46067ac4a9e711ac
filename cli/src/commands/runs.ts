import { routes, type RunView } from '@sedge/protocol/routes';
import type { Command } from 'commander';
import { commandOf, groupOf } from '../command-tree.ts';
import { planOf, planOptions, type PlanOptions } from '../plan-options.ts';
import { readPublisherKey } from '../publisher-key.ts';
import { addExportCommand } from '../run-export.ts';
import { roundHeading, roundRow, trainingWords, watchRun } from '../run-watch.ts';
import { show, type JsonOption, type Shell } from '../shell.ts';
import { startRun } from '../start-run.ts';
import { pairs, table } from '../table.ts';
import { numberWords, percentWords, shortDigest, timeWords } from '../words.ts';
import { keyFileOf } from './publishers.ts';

interface StartOptions extends PlanOptions, JsonOption {
  readonly watch?: boolean;
  readonly key?: string;
}

export function addRunCommands(root: Command, shell: Shell): void {
  const runs = groupOf(root, 'runs', 'Training, federated or on one node, and evaluation.');
  planOptions(commandOf(runs, 'start', 'Starts a run, from a plan file or from options.'))
    .option('--key <file>', 'the publisher key, for --publish-as')
    .option('--watch', 'follows it to its end; with --json one round a line')
    .action((options) => start(shell, options));
  planOptions(
    commandOf(
      runs,
      'plan',
      'Checks a plan without starting it: population, epsilon at the end; with --json after each round.',
    ),
  ).action((options) => plan(shell, options));
  commandOf(runs, 'list', 'Lists runs, newest first.').action((options) => listRuns(shell, options));
  commandOf(runs, 'show <run>', 'Shows one run with its rounds.').action((run, options) =>
    showRun(shell, run, options),
  );
  commandOf(
    runs,
    'watch <run>',
    'Follows a run to its end: round, accuracy, loss, epsilon, updates; with --json one round a line.',
  ).action((run, options) => watch(shell, run, options));
  commandOf(runs, 'stop <run>', 'Stops a run at once.').action((run, options) => stop(shell, run, options));
  addExportCommand(runs, shell);
}

async function start(shell: Shell, options: StartOptions): Promise<void> {
  const client = shell.client();
  const context = {
    client,
    randomness: shell.randomness,
    nowMs: shell.clock.now(),
    publisherKey: () => readPublisherKey(keyFileOf(shell, options)),
  };
  const started = await startRun(context, await planOf(options));
  if (options.watch === true) {
    // Known also after Ctrl-C, which ends the watching and not the run.
    if (options.json !== true) shell.write(`run ${started.id}\n`);
    return watch(shell, started.id, options);
  }
  show(shell, options, started, () => runLines(started));
}

async function plan(shell: Shell, options: PlanOptions & JsonOption): Promise<void> {
  const checked = await shell.client().call(routes.planRun, { body: await planOf(options) });
  show(shell, options, checked, () => [
    ...pairs({
      population: `${checked.population} nodes`,
      parameters: checked.parameters,
      epsilon: numberWords(checked.epsilon?.at(-1)),
    }),
    ...checked.problems.map(({ code, detail }) => `${code}: ${detail}`),
  ]);
  if (checked.problems.length > 0) shell.setExitCode(1);
}

async function listRuns(shell: Shell, options: JsonOption): Promise<void> {
  const { items } = await shell.client().call(routes.listRuns, { query: { limit: 1_000 } });
  const rows = items.map((run) => [
    run.id,
    run.state,
    `${run.plan.model.name}@${run.plan.model.version}`,
    `${run.round}/${run.plan.rounds}`,
    percentWords(run.accuracy),
    numberWords(run.epsilon),
  ]);
  show(shell, options, items, () =>
    table(['RUN', 'STATE', 'MODEL', 'ROUND', 'ACCURACY', 'EPSILON'], rows, shell.columns),
  );
}

async function showRun(shell: Shell, run: string, options: JsonOption): Promise<void> {
  const client = shell.client();
  const [found, rounds] = await Promise.all([
    client.call(routes.getRun, { path: { run } }),
    client.call(routes.getRounds, { path: { run } }),
  ]);
  show(shell, options, { ...found, rounds: rounds.items }, () => [
    ...runLines(found),
    '',
    ...table(roundHeading, rounds.items.map(roundRow), shell.columns),
  ]);
}

async function watch(shell: Shell, run: string, options: JsonOption): Promise<void> {
  const asJson = options.json === true;
  const finished = await watchRun(shell.client(), run, shell, {
    heading: (line) => (asJson ? undefined : shell.write(`${line}\n`)),
    round: (line, round) => shell.write(`${asJson ? JSON.stringify(round) : line}\n`),
    training: (training) => shell.write(`${asJson ? JSON.stringify({ training }) : trainingWords(training)}\n`),
  });
  if (!asJson) shell.write(`${runLines(finished).join('\n')}\n`);
  if (finished.state === 'failed') shell.setExitCode(1);
}

async function stop(shell: Shell, run: string, options: JsonOption): Promise<void> {
  const stopped = await shell.client().call(routes.stopRun, { path: { run } });
  show(shell, options, stopped, () => runLines(stopped));
}

function runLines(run: RunView): string[] {
  return pairs({
    run: run.id,
    state: run.state,
    model: `${run.plan.model.name}@${run.plan.model.version}`,
    kind: run.plan.kind,
    'data set': `${run.plan.dataset} on ${run.plan.heldBy === 'coordinator' ? 'the coordinator' : `${run.population} nodes`}`,
    round: `${run.round} of ${run.plan.rounds}`,
    progress: run.progress === undefined ? '' : `${run.progress.stage}, ${run.progress.updates}/${run.progress.cohort}`,
    training: run.training === undefined ? '' : trainingWords(run.training),
    accuracy: percentWords(run.accuracy),
    loss: numberWords(run.loss, 4),
    epsilon:
      run.epsilon === undefined ? '' : `${numberWords(run.epsilon)} of ${numberWords(run.epsilonPlanned)} planned`,
    weights: run.weights === undefined ? '' : shortDigest(run.weights),
    published: run.published === undefined ? '' : `${run.published.name}@${run.published.version}`,
    error: run.error === undefined ? '' : `${run.error.code}: ${run.error.detail}`,
    started: timeWords(run.createdAt),
    ended: timeWords(run.endedAt),
  });
}
