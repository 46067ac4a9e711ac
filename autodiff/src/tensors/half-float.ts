/** The value of an IEEE 754 binary16 number. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const word = new DataView(new ArrayBuffer(4));

/** The value of a bfloat16 number: the upper half of a float32. */
export function fromBfloat16(bits: number): number {
  word.setUint32(0, bits * 0x1_0000);
  return word.getFloat32(0);
}

/** The nearest binary16 number, ties to even; what is too large becomes infinite (IEEE 754-2019, 4.3.1 and 7.4). */
export function toFloat16(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  // Halfway between the largest number and the next one that there would be.
  if (magnitude >= 65_520) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude)));
  const steps = roundHalfToEven(magnitude / 2 ** (exponent - 10));
  // The hidden bit is counted in with the exponent, so that rounding up may carry into it.
  return sign | (magnitude === 0 ? 0 : steps + (exponent + 14) * 1024);
}

/** The nearest bfloat16 number, ties to even. */
export function toBfloat16(value: number): number {
  word.setFloat32(0, value);
  const bits = word.getUint32(0);
  if (Number.isNaN(value)) return 0x7fc0;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) / 0x1_0000) & 0xffff;
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const distance = value - floor;
  if (distance !== 0.5) return distance > 0.5 ? floor + 1 : floor;
  return floor % 2 === 0 ? floor : floor + 1;
}
