import type { Clock } from '@sedge/kit';
import { type DigitsTexts, PUBLISHED_DIGITS } from './published-digits.ts';

/** As much of the platform's fetch as a download needs. */
export type Fetch = (url: string, options: { readonly signal: AbortSignal }) => Promise<Response>;

export interface DownloadOptions {
  readonly fetch: Fetch;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly timeoutMs: number;
}

/** The larger file has 0.6 MB; a page that says "not found" in many words is cut off here. */
const TEXT_BYTES_MAX = 4 * 1024 * 1024;

/** Both files from the data set's own home, or why that failed. */
export async function downloadDigits({
  fetch,
  clock,
  timeoutMs,
}: DownloadOptions): Promise<DigitsTexts | { readonly reason: string }> {
  const controller = new AbortController();
  const timer = clock.setTimer(timeoutMs, () => controller.abort(new Error(`no answer within ${timeoutMs} ms`)));
  const download = (url: string): Promise<string> => fetchText(fetch, url, controller.signal);
  try {
    const [train, test] = await Promise.all([
      download(PUBLISHED_DIGITS.train.url),
      download(PUBLISHED_DIGITS.test.url),
    ]);
    return { train, test };
  } catch (error) {
    // Ends the other transfer when one has failed.
    controller.abort(error);
    return { reason: `the download failed: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    timer.cancel();
  }
}

async function fetchText(fetch: Fetch, url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`${url} answered with status ${response.status}`);
  if (response.body === null) throw new Error(`${url} answered with nothing`);
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    length += piece.length;
    if (length > TEXT_BYTES_MAX) throw new Error(`${url} is longer than the published file`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('latin1');
}
