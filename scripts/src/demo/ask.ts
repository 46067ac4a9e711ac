import { inferAsBytes, inferAsJson, type Client } from '@sedge/cli';
import { systemClock } from '@sedge/kit';
import { asSedgeError, float32Tensor, float32Values, type ModelName } from '@sedge/protocol';
import { DIGIT_CLASSES, DIGIT_PIXELS } from '../data/digits-table.ts';
import type { DigitExamples } from '../data/digits.ts';
import { quantile } from '../quantile.ts';

export interface Asking {
  readonly client: Client;
  readonly models: readonly ModelName[];
  readonly examples: DigitExamples;
  readonly requests: number;
  /** Clients that ask at the same time, each one request after the other. */
  readonly clients: number;
  readonly onAnswer: () => void;
}

export interface Asked {
  readonly requests: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly perSecond: number;
  /** Answers by node, as the gateway names it. */
  readonly answersByNode: Readonly<Record<string, number>>;
  /** Share of the answers that are right, by model. */
  readonly accuracy: Readonly<Record<string, number>>;
  readonly errors: Readonly<Record<string, number>>;
}

/** One image, and how it is to be asked. */
interface Question {
  readonly model: ModelName;
  readonly row: number;
  readonly isBinary: boolean;
}

type Answer =
  | { readonly model: ModelName; readonly latencyMs: number; readonly node: string; readonly isRight: boolean }
  | { readonly error: string };

/** Asks the models about test images, half of the requests as JSON and half as binary tensors. */
export async function askModels(asking: Asking): Promise<Asked> {
  const startedMs = systemClock.monotonicMs();
  const questions = questionsOf(asking);
  const answers: Answer[] = [];
  const askInTurn = async (): Promise<void> => {
    for (let question = questions.pop(); question !== undefined; question = questions.pop()) {
      answers.push(await ask(asking, question));
      asking.onAnswer();
    }
  };
  await Promise.all(Array.from({ length: asking.clients }, askInTurn));
  return counted(answers, (systemClock.monotonicMs() - startedMs) / 1_000);
}

function questionsOf({ models, examples, requests }: Asking): Question[] {
  return Array.from({ length: requests }, (_, index) => ({
    model: models[index % models.length] as ModelName,
    row: index % examples.rows,
    isBinary: Math.floor(index / models.length) % 2 === 0,
  }));
}

async function ask({ client, examples }: Asking, { model, row, isBinary }: Question): Promise<Answer> {
  const image = examples.features.subarray(row * DIGIT_PIXELS, (row + 1) * DIGIT_PIXELS);
  const startedMs = systemClock.monotonicMs();
  try {
    const { scores, node } = isBinary ? await askBinary(client, model, image) : await askJson(client, model, image);
    const latencyMs = systemClock.monotonicMs() - startedMs;
    return { model, latencyMs, node, isRight: indexOfLargest(scores) === examples.labels[row] };
  } catch (error) {
    return { error: asSedgeError(error).code };
  }
}

interface Scores {
  readonly scores: ArrayLike<number>;
  readonly node: string;
}

async function askBinary(client: Client, model: ModelName, image: Float32Array): Promise<Scores> {
  const { outputs, response } = await inferAsBytes(client, { name: model }, [
    float32Tensor(INPUT, [1, DIGIT_PIXELS], image),
  ]);
  const [output] = outputs;
  if (output === undefined) throw new TypeError('the answer has no output');
  return { scores: float32Values(output), node: nodeOf(response.parameters) };
}

async function askJson(client: Client, model: ModelName, image: Float32Array): Promise<Scores> {
  const input = { name: INPUT, datatype: 'FP32' as const, shape: [1, DIGIT_PIXELS], data: [...image] };
  const { outputs, parameters } = await inferAsJson(client, { name: model }, { inputs: [input] });
  return { scores: (outputs[0]?.data ?? []).flat(1) as number[], node: nodeOf(parameters) };
}

/** Both models name their input so. */
export const INPUT = 'features';

function nodeOf(parameters: Readonly<Record<string, unknown>> | undefined): string {
  const node = parameters?.['node'];
  return typeof node === 'string' ? node : 'unknown';
}

function indexOfLargest(values: ArrayLike<number>): number {
  let largest = 0;
  for (let index = 1; index < Math.min(values.length, DIGIT_CLASSES); index += 1) {
    if ((values[index] ?? 0) > (values[largest] ?? 0)) largest = index;
  }
  return largest;
}

function counted(answers: readonly Answer[], seconds: number): Asked {
  const good = answers.filter((answer) => 'node' in answer);
  const latencies = good.map(({ latencyMs }) => latencyMs);
  return {
    requests: answers.length,
    failed: answers.length - good.length,
    p50Ms: rounded(quantile(latencies, 0.5)),
    p99Ms: rounded(quantile(latencies, 0.99)),
    perSecond: Math.round(answers.length / seconds),
    answersByNode: tally(good.map(({ node }) => node)),
    accuracy: accuracyByModel(good),
    errors: tally(answers.flatMap((answer) => ('error' in answer ? [answer.error] : []))),
  };
}

function accuracyByModel(answers: readonly { readonly model: ModelName; readonly isRight: boolean }[]) {
  const asked = tally(answers.map(({ model }) => model));
  const right = tally(answers.filter(({ isRight }) => isRight).map(({ model }) => model));
  return Object.fromEntries(Object.entries(asked).map(([model, count]) => [model, (right[model] ?? 0) / count]));
}

function tally(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 100) / 100;
}
