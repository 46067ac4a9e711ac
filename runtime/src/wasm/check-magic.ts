import { unrecognised } from './refusals.ts';
import { COMPONENT_PREAMBLE, CORE_PREAMBLE, startsWith } from './sections.ts';

/** The first eight bytes say what a file is. Throws COMPONENT_UNRECOGNISED. */
export function checkMagic(bytes: Uint8Array): void {
  if (startsWith(bytes, COMPONENT_PREAMBLE)) return;
  if (startsWith(bytes, CORE_PREAMBLE)) throw unrecognised('it is a bare WebAssembly module, not a component');
  throw unrecognised('it does not begin as a component does');
}
