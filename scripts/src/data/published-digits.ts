import { createHash } from 'node:crypto';
import { type DigitsTable, normaliseDigits, parseDigits } from './digits-table.ts';

export interface DigitsTables {
  readonly train: DigitsTable;
  readonly test: DigitsTable;
}

/** The two files as text, from wherever they came. */
export interface DigitsTexts {
  readonly train: string;
  readonly test: string;
}

/**
 * Optical Recognition of Handwritten Digits (E. Alpaydin, C. Kaynak, 1998; UCI data set 80). The sums are of the
 * normalised text, so that line ends and spaces do not matter.
 */
export const PUBLISHED_DIGITS = {
  train: {
    url: 'https://archive.ics.uci.edu/ml/machine-learning-databases/optdigits/optdigits.tra',
    sha256: 'e1b683cc211604fe8fd8c4417e6a69f31380e0c61d4af22e93cc21e9257ffedd',
    names: ['optdigits_train.csv.gz', 'optdigits_train.csv', 'optdigits.tra'],
  },
  test: {
    url: 'https://archive.ics.uci.edu/ml/machine-learning-databases/optdigits/optdigits.tes',
    sha256: '6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8',
    names: ['optdigits_test.csv.gz', 'optdigits_test.csv', 'optdigits.tes'],
  },
} as const;

/** Undefined for text that is not, digit by digit, the published set. */
export function acceptPublished({ train, test }: DigitsTexts): DigitsTables | undefined {
  const isPublished =
    sha256(normaliseDigits(train)) === PUBLISHED_DIGITS.train.sha256 &&
    sha256(normaliseDigits(test)) === PUBLISHED_DIGITS.test.sha256;
  return isPublished ? { train: parseDigits(train), test: parseDigits(test) } : undefined;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
