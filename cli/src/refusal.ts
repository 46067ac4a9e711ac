import { isErrorCode, SedgeError, type ErrorCode } from '@sedge/protocol';
import { inferError, problem, type Problem } from '@sedge/protocol/routes';

/** The coordinator's refusal, as the error that it was there. */
export async function refusalOf(response: Response): Promise<SedgeError> {
  const text = await response.text().catch(() => '');
  const body = parsed(text);
  const told = problem.safeParse(body);
  if (told.success) return errorOf(told.data.code, detailOf(told.data), response.status);
  const inference = inferError.safeParse(body);
  const said = inference.success ? inference.data.error : `${response.status} ${text.slice(0, 500)}`;
  const [, code = '', detail = said] = /^([A-Z][A-Z_]+): (.*)$/s.exec(said) ?? [];
  return errorOf(code, detail, response.status);
}

export function unreachable(url: string, cause: unknown): SedgeError {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const reason = inner instanceof Error ? inner.message || inner.name : String(inner);
  return new SedgeError('COORDINATOR_UNREACHABLE', `${url}: ${reason}`, { cause, expose: true });
}

function errorOf(code: string, detail: string, status: number): SedgeError {
  return new SedgeError(isErrorCode(code) ? code : codeOfStatus(status), detail, { expose: true });
}

/** Of a proxy between us, or of a coordinator that is newer and knows more codes. */
function codeOfStatus(status: number): ErrorCode {
  if (status === 401) return 'UNAUTHENTICATED';
  if (status === 403) return 'FORBIDDEN';
  if (status === 404) return 'NOT_FOUND';
  if (status === 413) return 'PAYLOAD_TOO_LARGE';
  if (status === 503) return 'OVERLOADED';
  return status >= 500 ? 'INTERNAL' : 'BAD_REQUEST';
}

function detailOf({ title, detail, errors = [] }: Problem): string {
  const fields = errors.map(({ path, message }) => `${path}: ${message}`);
  // The detail of a problem with fields is the same said in one line.
  return fields.length > 0 ? fields.join('; ') : (detail ?? title);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: somebody else than the coordinator answered, and its status tells enough.
    return undefined;
  }
}
