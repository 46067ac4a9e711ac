import { fakeClock } from '@sedge/kit/testing';
import { float32Tensor } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { probeSession, type ProbeRequest } from '../../src/choice/probe-session.ts';
import type { Session } from '../../src/engine.ts';

/** A model whose runs take so long, the last time again and again. */
function scripted(timesMs: readonly number[]): {
  session: Session;
  clock: ReturnType<typeof fakeClock>;
  runs: () => number;
} {
  const clock = fakeClock();
  let runs = 0;
  const session: Session = {
    metadata: { engine: 'onnx-web', provider: 'wasm', functions: [], trainable: false },
    async run() {
      const tookMs = timesMs[Math.min(runs, timesMs.length - 1)] ?? 0;
      runs += 1;
      await clock.advance(tookMs);
      return [float32Tensor('y', [1], [runs])];
    },
    close: () => Promise.resolve(),
  };
  return { session, clock, runs: () => runs };
}

const request: ProbeRequest = { functionName: 'infer', inputs: [], warmUpMs: 1_000, budgetMs: 100 };

describe('a probe', () => {
  it('does not count the runs before the code is optimised', async () => {
    const { session, clock } = scripted([500, 400, 200, 10, 12, 11, 11, 10]);
    const { medianMs, runs, outputs } = await probeSession(session, request, clock);
    // 500 + 400 + 200 ms pass the warm-up; 10 + 12 + 11 + 11 + 10 · 6 ms are the first to reach 100 ms.
    expect({ medianMs, runs }).toEqual({ medianMs: 10, runs: 10 });
    expect(outputs).toEqual([float32Tensor('y', [1], [1])]);
  });

  it('measures at least one run, however slow', async () => {
    const { session, clock } = scripted([2_000, 3_000]);
    expect(await probeSession(session, request, clock)).toMatchObject({ medianMs: 3_000, runs: 1 });
  });

  it('stops early when it cannot catch up with a rival, but not for its first run', async () => {
    const slow = scripted([900, 21]);
    expect(await probeSession(slow.session, { ...request, rivalMs: 2 }, slow.clock)).toMatchObject({
      medianMs: 21,
      runs: 3,
    });
    expect(slow.runs()).toBe(4);
    const fair = scripted([900, 19]);
    expect(await probeSession(fair.session, { ...request, rivalMs: 2 }, fair.clock)).toMatchObject({
      medianMs: 19,
      runs: 6,
    });
  });

  it('takes a middle, not a mean', async () => {
    const { session, clock } = scripted([1_000, 1, 90, 2, 3, 4]);
    expect(await probeSession(session, request, clock)).toMatchObject({ medianMs: 3, runs: 5 });
  });

  it('of the fastest of models ends after so many runs', async () => {
    const { session, clock } = scripted([1_000, 0.001]);
    expect(await probeSession(session, request, clock)).toMatchObject({ runs: 200 });
  });
});
