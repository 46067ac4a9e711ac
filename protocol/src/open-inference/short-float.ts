/** A binary floating-point format of 16 bits: sign, exponent with the usual bias, fraction (IEEE 754 §3.3). */
export interface ShortFloat {
  readonly exponentBits: number;
  readonly fractionBits: number;
}

/** IEEE 754 binary16. */
export const FLOAT16: ShortFloat = { exponentBits: 5, fractionBits: 10 };
/** The upper half of a binary32. */
export const BFLOAT16: ShortFloat = { exponentBits: 8, fractionBits: 7 };

/**
 * The bits of the value nearest to a number, ties to even (IEEE 754 §4.3.1); undefined for one that is not finite, or
 * would not be. Rounded once, from the full number: going over binary32 would round twice.
 */
export function shortFloatBits(value: number, format: ShortFloat): number | undefined {
  if (!Number.isFinite(value)) return undefined;
  const { exponentBits, fractionBits } = format;
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(value))), exponentMin(format));
  const steps = roundToEven(Math.abs(value) / 2 ** (exponent - fractionBits));
  // A full step count carries the leading one into the exponent, and so does a carry of the rounding.
  const magnitude = (exponent - exponentMin(format)) * 2 ** fractionBits + steps;
  if (magnitude >= infinityBits(format)) return undefined;
  const isNegative = value < 0 || Object.is(value, -0);
  return isNegative ? magnitude + 2 ** (exponentBits + fractionBits) : magnitude;
}

/** The number that 16 bits stand for, exactly; undefined for infinities and NaN. */
export function shortFloatValue(bits: number, format: ShortFloat): number | undefined {
  const { exponentBits, fractionBits } = format;
  const magnitude = bits % 2 ** (exponentBits + fractionBits);
  if (magnitude >= infinityBits(format)) return undefined;
  const fraction = magnitude % 2 ** fractionBits;
  const biased = (magnitude - fraction) / 2 ** fractionBits;
  const steps = biased === 0 ? fraction : fraction + 2 ** fractionBits;
  const size = steps * 2 ** (Math.max(biased, 1) - 1 + exponentMin(format) - fractionBits);
  return bits === magnitude ? size : -size;
}

/** The exponent of the least normal number. */
function exponentMin({ exponentBits }: ShortFloat): number {
  return 2 - 2 ** (exponentBits - 1);
}

function infinityBits({ exponentBits, fractionBits }: ShortFloat): number {
  return (2 ** exponentBits - 1) * 2 ** fractionBits;
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
