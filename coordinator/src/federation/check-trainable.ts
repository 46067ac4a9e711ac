import {
  DERIVED_TRAINING_FIELDS,
  matchesPattern,
  modelKey,
  SedgeError,
  type ModelManifest,
  type RunPlan,
  type TrainingObstacle,
} from '@sedge/protocol';

const TOLD_MAX = 8;

/** Throws MODEL_NOT_TRAINABLE, and PLAN_INVALID for settings or parameters that the version does not have. */
export function checkTrainable(
  { format, parameters = [] }: ModelManifest,
  plan: RunPlan,
  obstacles: readonly TrainingObstacle[],
): void {
  if (parameters.length === 0) throw untrainable(plan, obstacles);
  if (format === 'component') refuseDerivedSettings(plan);
  const stranger = plan.trainable?.find((pattern) => !parameters.some(({ name }) => matchesPattern(name, pattern)));
  if (stranger === undefined) return;
  const names = listed(parameters.map(({ name }) => name));
  throw invalid(`no parameter of ${modelKey(plan.model)} is named ${stranger}; it has ${names}`);
}

function untrainable({ model }: RunPlan, obstacles: readonly TrainingObstacle[]): SedgeError {
  const reasons = obstacles.length === 0 ? '' : `: ${listed(obstacles.map(({ reason }) => reason))}`;
  const detail = `${modelKey(model)} names no trainable parameters${reasons}`;
  return new SedgeError('MODEL_NOT_TRAINABLE', detail, { expose: true });
}

/** A component trains as its author wrote it: all of its parameters, by its own loss. */
function refuseDerivedSettings({ local, model, trainable }: RunPlan): void {
  const given = DERIVED_TRAINING_FIELDS.find((field) => local?.[field] !== undefined);
  const field = given === undefined ? trainable && 'trainable' : `local.${given}`;
  if (field !== undefined) throw invalid(`${field} is for ONNX models; ${modelKey(model)} trains by itself`);
}

function listed(words: readonly string[]): string {
  const more = words.length > TOLD_MAX ? ` and ${words.length - TOLD_MAX} more` : '';
  return `${words.slice(0, TOLD_MAX).join(', ')}${more}`;
}

function invalid(detail: string): SedgeError {
  return new SedgeError('PLAN_INVALID', detail, { expose: true });
}
