import { asSedgeError, type ErrorCode, SedgeError } from '@sedge/protocol/core';
import { compileModel, STATIC_STEPS, type StaticStep, type TakeStep } from './compile-model.ts';
import { DEFAULT_CAPS, type GrowthCaps } from './growth-caps.ts';

export interface StepReport {
  readonly step: StaticStep;
  /** The steps after a refusal are skipped. */
  readonly outcome: 'passed' | 'refused' | 'skipped';
  readonly code?: ErrorCode;
  /** What is wrong, for the author of the model. */
  readonly detail?: string;
}

export interface ComponentReport {
  /** All static steps in their order. */
  readonly steps: readonly StepReport[];
  readonly isAccepted: boolean;
  /** Whether it exports the training interface; false when it was refused. */
  readonly trainable: boolean;
}

/**
 * Takes the steps of opening a component that need no instance, and tells of each. Nothing of the model runs: whether it
 * starts and takes its weights only a host can show.
 */
export function inspectComponent(component: Uint8Array, caps: GrowthCaps = DEFAULT_CAPS): ComponentReport {
  const steps: StepReport[] = [];
  const trainable = isTrainable(component, caps, reportInto(steps));
  const skipped = STATIC_STEPS.slice(steps.length).map((step) => ({ step, outcome: 'skipped' }) as const);
  return { steps: [...steps, ...skipped], isAccepted: trainable !== undefined, trainable: trainable ?? false };
}

/** Undefined for a component that is refused, which the report says already. */
function isTrainable(component: Uint8Array, caps: GrowthCaps, take: TakeStep): boolean | undefined {
  try {
    return compileModel(component, caps, take).trainable;
  } catch (error) {
    if (error instanceof SedgeError) return undefined;
    throw error;
  }
}

function reportInto(steps: StepReport[]): TakeStep {
  return (step, work) => {
    try {
      const result = work();
      steps.push({ step, outcome: 'passed' });
      return result;
    } catch (error) {
      const { code, detail } = asSedgeError(error);
      steps.push({ step, outcome: 'refused', code, detail });
      throw error;
    }
  };
}
