/** The bits of the nearest float16, ties to even; what is beyond its range is infinite (IEEE 754, 2019, section 4.3.1). */
export function halfOf(value: f32): u16 {
  const bits = reinterpret<u32>(value);
  const sign = <u16>((bits >> 16) & 0x8000);
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return 0x7e00;
  // 65,520 is as near to 65,504, the largest half, as to the next one that there would be.
  if (size >= 0x477ff000) return sign | 0x7c00;
  // Below 2^-14 halves are multiples of 2^-24, which is the last place of a float near 0.5.
  if (size < 0x38800000) return sign | <u16>(reinterpret<u32>(reinterpret<f32>(size) + 0.5) - 0x3f000000);
  const isOdd = (size >> 13) & 1;
  // The exponent's bias goes from 127 to 15, and thirteen bits are rounded away.
  return sign | <u16>((size - 0x38000000 + 0xfff + isOdd) >> 13);
}
