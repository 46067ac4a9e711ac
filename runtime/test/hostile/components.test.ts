import { type Randomness, seededRandomness, silentLog, systemClock } from '@sedge/kit';
import { collectingLog } from '@sedge/kit/testing';
import { float32Tensor, type Tensor } from '@sedge/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelFiles } from '../../src/engine.ts';
import { LOG_LINES_PER_CALL_MAX } from '../../src/engines/guest-log.ts';
import type { ModelHost } from '../../src/host/model-host.ts';
import { startProcessHost } from '../../src/host/process-host.ts';
import { inspectComponent } from '../../src/wasm/inspect-component.ts';
import { craftComponent } from '../crafted-component.ts';
import { layerTensors, mlpComponent, seededLayers, seededValues } from '../mlp.ts';
import { failure, failureWithin } from './failure-within.ts';
import { type HostileComponent, hostileComponents } from './hostile-components.ts';
import { privateBytesPeak } from './private-bytes.ts';

const RUN_MS = 400;
/** For what ends by itself, on a busy machine. */
const PATIENT_MS = 15_000;
/** Has to cover the start of a guest whose code is TypeScript. */
const OPEN_MS = 3_000;
/** The cap of memory may be exceeded by so great a share. */
const MEMORY_EXCESS = 1.1;
const MEMORY_BYTES_MAX = 256 * 1024 * 1024;
const TRUNCATIONS = 60;
const MUTATIONS = 200;
const PREAMBLE_BYTES = 8;

const input = [float32Tensor('x', [1], [1])];
const set = await hostileComponents();
const isRefusedUnopened = ({ outcome }: HostileComponent): boolean =>
  outcome.startsWith('COMPONENT_') && outcome !== 'COMPONENT_START_FAILED';

describe('a hostile component that is refused before anything of it runs', () => {
  it.each(set.filter(isRefusedUnopened))('$name: $outcome', ({ bytes, outcome }) => {
    const { isAccepted, steps } = inspectComponent(bytes);
    expect(isAccepted).toBe(false);
    expect(steps.find((step) => step.outcome === 'refused')).toMatchObject({ code: outcome });
  });
});

describe('a hostile component in a child process', () => {
  const log = collectingLog();
  let host: ModelHost;

  beforeAll(async () => {
    host = startProcessHost({
      clock: systemClock,
      log,
      memoryBytesMax: MEMORY_BYTES_MAX,
      openTimeoutMs: OPEN_MS,
    });
    await host.open('honest', component(await craftComponent()));
  });
  afterAll(() => host.stop());

  async function tryOut(bytes: Uint8Array, timeoutMs: number): Promise<string> {
    return (
      (await failureWithin(OPEN_MS, () => host.open('hostile', component(bytes)))) ??
      (await failureWithin(timeoutMs, () => host.run('hostile', 'infer', input, { timeoutMs }))) ??
      'answers'
    );
  }

  it.each(set.filter((hostile) => !isRefusedUnopened(hostile)))(
    '$name: $outcome, and the others go on',
    async ({ bytes, outcome }) => {
      let found = '';
      const peak = await privateBytesPeak(async () => {
        found = await tryOut(bytes, outcome === 'MODEL_TIMEOUT' ? RUN_MS : PATIENT_MS);
      });
      // A process that gets no more memory does not always find the words to say so.
      const accepted = outcome === 'MODEL_OUT_OF_MEMORY' ? [outcome, 'MODEL_CRASHED'] : [outcome];
      expect(accepted).toContain(found);
      expect(peak).toBeGreaterThan(0);
      expect(peak).toBeLessThanOrEqual(MEMORY_BYTES_MAX * MEMORY_EXCESS);
      await host.close('hostile');
      expect(await host.run('honest', 'infer', input, { timeoutMs: PATIENT_MS })).toHaveLength(1);
    },
    30_000,
  );

  it('writes no more than a few lines into the log', () => {
    const lines = log.entries.filter(({ fields }) => fields['model'] === 'hostile' && !('error' in fields));
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThanOrEqual(LOG_LINES_PER_CALL_MAX);
  });
});

describe('the perceptron, damaged and signed anew', () => {
  const weights = layerTensors(seededLayers([16, 8, 4], 1));
  const features = [float32Tensor('features', [2, 16], seededValues(2, 32))];
  let whole: Uint8Array;
  let host: ModelHost;

  beforeAll(async () => {
    whole = await mlpComponent();
    const options = { clock: systemClock, log: silentLog, memoryBytesMax: MEMORY_BYTES_MAX, openTimeoutMs: OPEN_MS };
    host = startProcessHost(options);
    await host.open('whole', component(whole, weights));
  }, 60_000);
  afterAll(() => host.stop());

  async function tryOut(artifact: Uint8Array): Promise<string> {
    return (
      (await failure(() => host.open('damaged', component(artifact, weights)))) ??
      (await failure(() => host.run('damaged', 'infer', features, { timeoutMs: RUN_MS }))) ??
      'answers'
    );
  }

  it.each([
    ['an empty file', new Uint8Array()],
    ['a text file', Buffer.from('This is no model.\n'.repeat(50))],
  ])('refuses %s', async (_what, bytes) => {
    expect(await tryOut(bytes)).toBe('COMPONENT_UNRECOGNISED');
  });

  it(`refuses ${TRUNCATIONS} truncations`, async () => {
    for (let cut = 0; cut < TRUNCATIONS; cut++) {
      const length = Math.floor((cut * whole.length) / TRUNCATIONS);
      // A cut between two sections leaves a file that is whole and lacks what the contract asks for.
      const code = length < PREAMBLE_BYTES ? /UNRECOGNISED$/ : /MALFORMED$|EXPORT_MISSING$/;
      expect(await tryOut(whole.subarray(0, length)), `${length} bytes`).toMatch(code);
    }
  });

  it(`refuses ${MUTATIONS} mutations, or runs them within their bounds`, async () => {
    const answer = await host.run('whole', 'infer', features, { timeoutMs: OPEN_MS });
    const random = seededRandomness('mutations of a component');
    const counts: Record<string, number> = {};
    const peak = await privateBytesPeak(async () => {
      for (let mutation = 0; mutation < MUTATIONS; mutation++) {
        const code = await tryOut(mutated(whole, random));
        counts[code] = (counts[code] ?? 0) + 1;
      }
    });
    // Nothing without a code, and neither all refused nor all let through.
    expect(Object.keys(counts)).not.toContain('INTERNAL');
    expect(Object.keys(counts)).toEqual(expect.arrayContaining(['answers', 'COMPONENT_CODE_INVALID']));
    expect(peak).toBeLessThanOrEqual(MEMORY_BYTES_MAX * MEMORY_EXCESS);
    expect(await host.run('whole', 'infer', features, { timeoutMs: PATIENT_MS })).toEqual(answer);
  }, 120_000);
});

/** One to four bytes are others than before. */
function mutated(whole: Uint8Array, random: Randomness): Uint8Array {
  const bytes = whole.slice();
  for (let change = random.integer(4); change >= 0; change--) bytes[random.integer(bytes.length)] = random.integer(256);
  return bytes;
}

function component(artifact: Uint8Array, weights?: readonly Tensor[]): ModelFiles {
  return { format: 'component', artifact, ...(weights && { weights }) };
}
