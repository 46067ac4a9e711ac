import { errorCatalogue } from '@sedge/protocol';
import { GENERATED } from './page.ts';

/** docs/reference/errors.md, from the catalogue. */
export function errorsPage(): string {
  const rows = Object.entries(errorCatalogue).map(
    ([code, { status, retry, say }]) => `| \`${code}\` | ${status} | ${retry} | ${say} |`,
  );
  return [
    '# Errors',
    '',
    GENERATED,
    '',
    'Under `/api/v1` an error is a problem (RFC 9457) with the code in `code`; under `/v2` it is `{"error": "CODE: …"}`;',
    'on the command line it is the code, what happened, and what to do. Codes are never renamed or reused.',
    '`retry` says whether the same request may succeed: `later`, `after-change` of something on your side, or `never`.',
    '',
    '| Code | HTTP | Retry | What it means and what to do |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
