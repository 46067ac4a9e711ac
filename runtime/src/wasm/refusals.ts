import { type ErrorCode, SedgeError } from '@sedge/protocol/core';

/**
 * Why a component is refused, with the code of the step that refuses it. The details travel: they are for whoever made
 * the component, and speak of nothing else.
 */
export function unrecognised(detail: string): SedgeError {
  return refusal('COMPONENT_UNRECOGNISED', detail);
}

export function malformed(detail: string, cause?: unknown): SedgeError {
  return refusal('COMPONENT_MALFORMED', `the component cannot be read: ${detail}`, cause);
}

export function importRefused(detail: string): SedgeError {
  return refusal('COMPONENT_IMPORT_REFUSED', detail);
}

export function exportMissing(detail: string): SedgeError {
  return refusal('COMPONENT_EXPORT_MISSING', detail);
}

export function limitExceeded(detail: string): SedgeError {
  return refusal('COMPONENT_LIMIT_EXCEEDED', detail);
}

export function codeInvalid(detail: string, cause?: unknown): SedgeError {
  return refusal('COMPONENT_CODE_INVALID', detail, cause);
}

/** Names of a component reach logs and answers: control characters and great length stay out. */
export function printable(name: string): string {
  return JSON.stringify(name.slice(0, NAME_CHARACTERS_SHOWN));
}

const NAME_CHARACTERS_SHOWN = 100;

function refusal(code: ErrorCode, detail: string, cause?: unknown): SedgeError {
  return new SedgeError(code, detail, { cause, expose: true });
}
