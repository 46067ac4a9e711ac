import { SedgeError, type DatasetName, type ModelName } from '@sedge/protocol';
import { routes } from '@sedge/protocol/routes';
import type { Fleet } from '../local-fleet/fleet.ts';
import { askModels, type Asked } from './ask.ts';
import { largestDifference, publishAsOnnx } from './export.ts';
import {
  CENTROIDS,
  deployEverywhere,
  PERCEPTRON,
  publishCentroids,
  publishPerceptron,
  type Publishing,
} from './models.ts';
import type { Narrator } from './narrator.ts';
import type { Phases } from './phases.ts';
import { SHARED_BY_FIFTY, SHARED_BY_FIVE } from './data-sets.ts';
import type { PreparedDigits } from './prepare-digits.ts';
import type { Outcome } from './summary.ts';
import { uploadTestSet } from './test-set.ts';
import { plainPlan, privatePlan, train, type Trained, type Training } from './train.ts';

const REQUESTS = 400;
const CLIENTS = 8;
/** Images that the exported model and the component are compared on. */
const COMPARED = 256;
const DIFFERENCE_MAX = 1e-5;

export interface Showing {
  readonly fleet: Fleet;
  readonly digits: PreparedDigits;
  readonly narrator: Narrator;
  readonly phases: Phases;
  readonly seed: string;
}

/** Deploys, asks, trains without and with privacy, exports. Throws as soon as something does not hold. */
export async function showEverything(showing: Showing): Promise<Omit<Outcome, 'seconds'>> {
  const { fleet, digits, narrator, phases } = showing;
  const { client, publisherKey: key } = fleet;
  const publishing = { client, key };

  narrator.heading('Models');
  const perceptron = await phases.measure('models', () => deployBoth(showing, publishing));

  narrator.heading('Inference');
  const asked = await phases.measure('inference', () => ask(showing));

  await uploadTestSet(client, digits.test);
  const training: Training = { client, key, narrator };
  narrator.heading(`Training without privacy: ${fleet.agents.length} nodes`);
  const plain = await phases.measure('plain', () =>
    train(training, plainPlan(perceptron, SHARED_BY_FIVE as DatasetName, showing.seed)),
  );
  narrator.heading(`Training with privacy: ${fleet.nodeCount} nodes`);
  const privately = await phases.measure('private', () =>
    train(training, privatePlan(perceptron, SHARED_BY_FIFTY as DatasetName, showing.seed)),
  );
  narrator.line(privacyWords(privately));

  narrator.heading('ONNX out');
  const exported = await phases.measure('export', () => exportAndCompare(showing, publishing, plain));
  return { nodes: fleet.nodeCount, dataset: digits.found, asked, plain, private: privately, exported };
}

async function deployBoth({ fleet, digits, narrator, seed }: Showing, publishing: Publishing) {
  const centroids = await publishCentroids(publishing, digits.train);
  const perceptron = await publishPerceptron(publishing, seed);
  for (const version of [centroids, perceptron]) {
    const nodes = await deployEverywhere(fleet.client, version);
    narrator.line(`${version.name}@${version.version} (${version.format}) is ready on ${nodes} nodes`);
  }
  return perceptron;
}

async function ask({ fleet, digits, narrator }: Showing): Promise<Asked> {
  const bar = narrator.bar('requests', REQUESTS);
  const asked = await askModels({
    client: fleet.client,
    models: [CENTROIDS, PERCEPTRON],
    examples: digits.test,
    requests: REQUESTS,
    clients: CLIENTS,
    onAnswer: () => bar.advance(),
  });
  const { items: nodes } = await fleet.client.call(routes.listNodes, { query: { limit: 1_000 } });
  const nameOf = new Map<string, string>(nodes.map(({ id, name }) => [id, name]));
  narrator.lines(inferenceLines(asked, (node) => nameOf.get(node) ?? node));
  return asked;
}

function inferenceLines(asked: Asked, nameOf: (node: string) => string): string[] {
  const answers = Object.entries(asked.answersByNode).map(([node, count]) => `${nameOf(node)} ${count}`);
  return [
    `${asked.requests} requests of ${CLIENTS} clients, JSON and binary, ${asked.failed} failed, ${asked.perSecond} per second`,
    `latency p50 ${asked.p50Ms} ms, p99 ${asked.p99Ms} ms`,
    `right answers: ${percent(asked.accuracy[CENTROIDS])} ${CENTROIDS}, ${percent(asked.accuracy[PERCEPTRON])} ${PERCEPTRON} (not trained yet)`,
    `${answers.length} nodes answered:`,
    ...wrapped(answers, 74).map((line) => `  ${line}`),
  ];
}

function privacyWords({ run }: Trained): string {
  return `epsilon ${run.epsilon?.toFixed(3) ?? 'unknown'} at delta ${run.plan.privacy?.delta ?? 'unknown'}, for one node more or less`;
}

async function exportAndCompare({ fleet, digits, narrator }: Showing, publishing: Publishing, trained: Trained) {
  const { client } = fleet;
  const component = trained.run.published;
  if (component === undefined) throw new SedgeError('RUN_FAILED', `${trained.run.id} published nothing`);
  const onnx = await publishAsOnnx(publishing, trained);
  const versions = [await client.call(routes.getModelVersion, { path: pathOf(component) }), onnx];
  for (const version of versions) {
    const nodes = await deployEverywhere(client, version);
    narrator.line(`${version.name}@${version.version} (${version.format}) is ready on ${nodes} nodes`);
  }
  const maxDifference = await largestDifference(client, component, onnx, digits.test, COMPARED);
  narrator.line(`largest difference of the answers for ${COMPARED} images: ${maxDifference.toExponential(1)}`);
  if (!(maxDifference <= DIFFERENCE_MAX)) {
    throw new SedgeError('MODEL_FAILED', `the exported model differs by ${maxDifference}, more than ${DIFFERENCE_MAX}`);
  }
  return { model: `${onnx.name}@${onnx.version}`, maxDifference };
}

function pathOf({ name, version }: { readonly name: ModelName; readonly version: number }) {
  return { model: name, version: String(version) };
}

function percent(fraction: number | undefined): string {
  return fraction === undefined ? 'none' : `${(100 * fraction).toFixed(1)} %`;
}

/** Words in lines that are no longer than this. */
function wrapped(words: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 2 <= columns) lines[lines.length - 1] = `${last}, ${word}`;
    else lines.push(word);
  }
  return lines;
}
