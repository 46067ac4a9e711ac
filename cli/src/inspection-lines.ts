import type { ModelInspection } from '@sedge/protocol';

const REASONS_MAX = 8;

/** What lies in a model file, by what stands before it in a list. */
export function inspectionLines(inspection: ModelInspection | undefined): Record<string, string | undefined> {
  if (inspection === undefined) return {};
  const { operators = [], opset, reasons, trainable } = inspection;
  return {
    opset: opset === undefined ? undefined : String(opset),
    operators:
      operators.length === 0 ? undefined : operators.map(({ count, operator }) => `${operator} ×${count}`).join(', '),
    trainable: { true: 'yes', false: 'no', unknown: 'unknown' }[String(trainable) as 'true' | 'false' | 'unknown'],
    ...Object.fromEntries(reasons.slice(0, REASONS_MAX).map(({ reason }, at) => [`reason ${at + 1}`, reason])),
    ...(reasons.length > REASONS_MAX ? { reasons: `${reasons.length - REASONS_MAX} more; --json has them all` } : {}),
  };
}
