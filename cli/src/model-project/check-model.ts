import { nodeCrypto } from '@sedge/kit';
import {
  asSedgeError,
  digestOf,
  type Digest,
  type ErrorCode,
  type FunctionSpec,
  type ModelFormat,
} from '@sedge/protocol';
import { checkOnnx, growthDemand, inspectComponent, type GrowthDemand, type ModelHost } from '@sedge/runtime';
import { filesOf, withLocalHost, type LocalModel } from '../local-host.ts';
import { adviceFor } from './advice.ts';

/** How one step of opening a model ended. */
export interface CheckedStep {
  readonly step: string;
  readonly outcome: 'passed' | 'refused' | 'skipped';
  readonly code?: ErrorCode;
  /** What is wrong. */
  readonly detail?: string;
  /** What to do about it. */
  readonly advice?: string;
}

export interface CheckedModel {
  readonly format: ModelFormat;
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly isAccepted: boolean;
  readonly steps: readonly CheckedStep[];
  /** Empty for a model that is refused. */
  readonly functions: readonly FunctionSpec[];
  readonly trainable: boolean;
  /** What a component that can be read asks for in its file; a node sets maxima of its own. */
  readonly demand?: GrowthDemand;
  /** What is no reason for a refusal, and worth to know. */
  readonly remarks: readonly string[];
}

/** A component without weights that is longer takes noticeably longer to open on a small board. */
const COMPONENT_BYTES_ADVISED = 64 * 1024;

/** Takes every step that a node takes to open a model, and tells of each. The last ones run its code, in a sandbox. */
export async function checkModel(model: LocalModel): Promise<CheckedModel> {
  const { format, artifact } = model;
  const steps = format === 'component' ? componentSteps(artifact) : [onnxStep(artifact)];
  const isReadable = steps.every(isPassed);
  const opened = isReadable ? await openSteps(model) : { steps: [] };
  const all = [...steps, ...opened.steps];
  return {
    format,
    digest: digestOf(nodeCrypto, artifact),
    sizeBytes: artifact.byteLength,
    isAccepted: all.every(isPassed),
    steps: all,
    functions: opened.functions ?? [],
    trainable: opened.trainable ?? false,
    ...(format === 'component' && isReadable ? { demand: growthDemand(artifact) } : {}),
    remarks: remarksOn(model),
  };
}

/** The steps in which nothing of the model runs. */
function componentSteps(component: Uint8Array): CheckedStep[] {
  return inspectComponent(component).steps.map((report) =>
    report.code === undefined ? report : { ...report, ...adviceOn(report.code, report.detail ?? '') },
  );
}

function onnxStep(file: Uint8Array): CheckedStep {
  try {
    checkOnnx(file);
    return { step: 'file', outcome: 'passed' };
  } catch (error) {
    return refusedStep('file', error);
  }
}

interface OpenedModel {
  readonly steps: readonly CheckedStep[];
  readonly functions?: readonly FunctionSpec[];
  readonly trainable?: boolean;
}

/** Once without and once with the weights, so that a fault of the one is not taken for one of the other. */
function openSteps({ weights, ...code }: LocalModel): Promise<OpenedModel> {
  return withLocalHost(async (host) => {
    const started = await openStep(host, 'start', code);
    if (weights === undefined || !started.steps.every(isPassed)) return started;
    const loaded = await openStep(host, 'weights', { ...code, weights });
    return { ...loaded, steps: [...started.steps, ...loaded.steps] };
  });
}

async function openStep(host: ModelHost, step: string, model: LocalModel): Promise<OpenedModel> {
  try {
    const files = filesOf(model);
    const { functions, trainable } = await host.open('model', files);
    const isTrainable = trainable ?? (await host.inspect(files)).trainable.yes;
    return { steps: [{ step, outcome: 'passed' }], functions, trainable: isTrainable };
  } catch (error) {
    return { steps: [refusedStep(step, error)] };
  }
}

function refusedStep(step: string, error: unknown): CheckedStep {
  const { code, detail } = asSedgeError(error);
  return { step, outcome: 'refused', code, detail, ...adviceOn(code, detail) };
}

function adviceOn(code: ErrorCode, detail: string): { readonly advice?: string } {
  const advice = adviceFor(code, detail);
  return advice === undefined ? {} : { advice };
}

function remarksOn({ format, artifact }: LocalModel): string[] {
  if (format !== 'component' || artifact.byteLength <= COMPONENT_BYTES_ADVISED) return [];
  return [`it is longer than ${COMPONENT_BYTES_ADVISED} bytes: keep constants in the weights`];
}

function isPassed({ outcome }: CheckedStep): boolean {
  return outcome === 'passed';
}
