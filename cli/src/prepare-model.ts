import { encodeSafetensors, limits, SedgeError, type Tensor } from '@sedge/protocol';
import { sizeWords } from '@sedge/kit';
import type { ModelHost } from '@sedge/runtime';
import { describeWith } from './describe-model.ts';
import { filesOf, withLocalHost } from './local-host.ts';
import type { ModelContent, ModelDescription } from './publish.ts';

export interface TrainableOptions {
  /** Names with `*` and `?`; all parameters if nothing is said. */
  readonly trainable?: readonly string[];
  /** Leaves the parameters out: nobody can train this version. */
  readonly notTrainable?: boolean;
}

export interface PreparedModel {
  readonly content: ModelContent;
  readonly described: ModelDescription;
}

/**
 * What is published of a model: a trainable ONNX file gets the values of its parameters as weights beside it, which
 * runs start from and replace. Throws MODEL_NOT_TRAINABLE for parameters that were asked for and cannot be trained.
 */
export async function prepareModel(content: ModelContent, options: TrainableOptions): Promise<PreparedModel> {
  return withLocalHost((host) => prepareWith(host, content, options));
}

export async function prepareWith(
  host: Pick<ModelHost, 'inspect' | 'parameters'>,
  content: ModelContent,
  { notTrainable = false, trainable }: TrainableOptions,
): Promise<PreparedModel> {
  const described = await describeWith(host, content);
  if (notTrainable) return { content, described: { ...described, parameters: undefined } };
  if (content.format !== 'onnx') return { content, described };
  if (described.inspection.trainable !== true && trainable === undefined) return { content, described };
  const parameters = await host.parameters(filesOf(content), trainable);
  checkSize(parameters);
  return {
    content: { ...content, weights: encodeSafetensors(parameters) },
    described: { ...described, parameters: parameters.map(({ name, shape }) => ({ name, shape: [...shape] })) },
  };
}

/** An update is one stream of as many bytes as the parameters have. */
function checkSize(parameters: readonly Tensor[]): void {
  const bytes = parameters.reduce((sum, { data }) => sum + data.byteLength, 0);
  if (bytes <= limits.streamBytesMax) return;
  const sizes = `${sizeWords(bytes)}, an update may have ${sizeWords(limits.streamBytesMax)}`;
  const advice = "choose a part with --trainable 'head.*', or none with --not-trainable";
  throw new SedgeError('PAYLOAD_TOO_LARGE', `the parameters have ${sizes}: ${advice}`, { expose: true });
}
