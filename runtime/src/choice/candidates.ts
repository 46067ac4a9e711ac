import { type EngineName, type ModelFormat, SedgeError } from '@sedge/protocol/core';
import type { AvailableEngine } from './available-engines.ts';

/** An engine with one of its execution providers. */
export interface Candidate {
  readonly engine: EngineName;
  readonly provider: string;
}

/** Its answers are the measure of the others': it runs the same code on every board. */
const PORTABLE: EngineName = 'onnx-web';

/** What may run models of a format, the portable engine first. */
export function candidatesFor(format: ModelFormat, engines: readonly AvailableEngine[]): Candidate[] {
  const able = engines.filter(({ formats, absent }) => formats.includes(format) && absent === undefined);
  const portableFirst = able.toSorted((a, b) => Number(b.name === PORTABLE) - Number(a.name === PORTABLE));
  return portableFirst.flatMap(({ name, providers }) => providers.map((provider) => ({ engine: name, provider })));
}

/** The candidate that an operator asked for. Throws ENGINE_UNAVAILABLE with the reason. */
export function pinnedCandidate(pin: EngineName, format: ModelFormat, engines: readonly AvailableEngine[]): Candidate {
  const engine = engines.find(({ name }) => name === pin);
  if (engine?.absent !== undefined) throw unavailable(`${pin} cannot be used: ${engine.absent}`);
  const [provider] = engine?.providers ?? [];
  if (provider === undefined) throw unavailable(`${pin} is not known here`);
  if (engine?.formats.includes(format) !== true) throw unavailable(`${pin} does not run models of format ${format}`);
  return { engine: pin, provider };
}

function unavailable(detail: string): SedgeError {
  return new SedgeError('ENGINE_UNAVAILABLE', detail, { expose: true });
}
