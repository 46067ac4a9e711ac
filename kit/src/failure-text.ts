import { errorCatalogue, type SedgeError } from '@sedge/protocol';

/** How a program of ours says why it ended: code, what is wrong and what to do; for programs one line of JSON. */
export function failureText({ code, detail }: SedgeError, asJson: boolean): string {
  const { say, retry } = errorCatalogue[code];
  if (asJson) return JSON.stringify({ error: { code, say, detail, retry } });
  // What came from a coordinator may say it already.
  return detail.startsWith(say) ? `${code}: ${detail}` : `${code}: ${say}\n  ${detail}`;
}
