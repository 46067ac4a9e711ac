import { asSedgeError, errorCatalogue, type SedgeError } from '@sedge/protocol';
import { inferErrorOf } from '@sedge/protocol/open-inference';
import type { Problem } from '@sedge/protocol/routes';
import { RefusedFields } from './refused-fields.ts';

/** An error as it stands on the wire: a problem (RFC 9457), or the error of the Open Inference Protocol under /v2. */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const RETRY_AFTER_S = '1';

export function errorAnswer(cause: unknown, path: string, requestId: string): ErrorAnswer {
  const error = asSedgeError(cause);
  const isInference = path === '/v2' || path.startsWith('/v2/');
  return {
    status: error.status,
    body: JSON.stringify(isInference ? inferErrorOf(error) : problemOf(error, requestId)),
    headers: {
      'content-type': isInference ? 'application/json' : 'application/problem+json',
      'cache-control': 'no-store',
      ...(error.status === 401 ? { 'www-authenticate': 'Bearer realm="sedge"' } : {}),
      ...(error.status === 503 ? { 'retry-after': RETRY_AFTER_S } : {}),
    },
  };
}

function problemOf(error: SedgeError, requestId: string): Problem {
  return {
    type: `urn:sedge:error:${error.code}`,
    title: errorCatalogue[error.code].say,
    status: error.status,
    ...(error.exposed ? { detail: error.detail } : {}),
    code: error.code,
    retry: error.retry,
    requestId,
    ...(error instanceof RefusedFields ? { errors: [...error.fields] } : {}),
  };
}
