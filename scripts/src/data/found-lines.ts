import type { FoundDigits } from './find-data.ts';

/** Which digits were found, and which places were tried before. */
export function foundLines({ passedOver, test, train, words }: FoundDigits): string[] {
  return [
    ...passedOver.map(({ origin, reason }) => `not from ${origin}: ${reason}`),
    `${words}: ${train.labels.length} rows to train on, ${test.labels.length} to test`,
  ];
}
