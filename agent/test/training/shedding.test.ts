import { nodeCrypto, seededRandomness, silentLog } from '@sedge/kit';
import { fakeClock } from '@sedge/kit/testing';
import { SedgeError, type RoundAnswer, type RoundOffer, type TrustedModel } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { Participant } from '../../src/training/participant.ts';
import type { Trained } from '../../src/training/update.ts';

const offer = {
  run: 'run-1',
  round: 1,
  attempt: 1,
  model: { name: 'digits', version: 1 },
  weights: 'sha256:w',
  parameters: [{ name: 'weight', shape: [1] }],
  dataset: 'digits',
  local: { epochs: 1, batchSize: 1, learningRate: 0.1, proximal: 0 },
  seed: 's',
  timeoutMs: 60_000,
} as unknown as RoundOffer;
const trained: Trained = { delta: Float32Array.of(1), examples: 1, metrics: [] };
const hot = new SedgeError('NODE_SHEDDING', 'reason: hot', { expose: true });

/** A participant whose trainings end when they are told to, or stopped. */
function participantOf() {
  const clock = fakeClock();
  const answers: (boolean | string | undefined)[] = [];
  const sent: Uint8Array[] = [];
  const state = { isShedding: false };
  let finish = (): void => undefined;
  const participant = new Participant({
    training: {
      check: async () => ({}) as TrustedModel,
      pull: async () => undefined,
      work: (_offer, _model, signal) =>
        new Promise<Trained>((resolve, reject) => {
          finish = () => resolve(trained);
          signal.addEventListener('abort', () => reject(new SedgeError('TRAINING_STOPPED', 'its caller stopped it')));
        }),
    },
    inTurn: (task) => task(),
    admit: () => {
      if (state.isShedding) throw hot;
    },
    answer: async (_offer, { accepted, code }: RoundAnswer) => void answers.push(accepted || code),
    send: async (_offer, frame) => void sent.push(frame),
    progress: () => undefined,
    whenConnected: async () => undefined,
    crypto: nodeCrypto,
    clock,
    randomness: seededRandomness('participant'),
    log: silentLog,
  });
  return { answers, clock, finish: () => finish(), participant, sent, state };
}

describe('while the node takes no work', () => {
  it('an offer is declined with NODE_SHEDDING, and taken when it is made again afterwards', async () => {
    const { answers, clock, participant, state } = participantOf();
    state.isShedding = true;
    await participant.offer(offer);
    expect(answers).toEqual(['NODE_SHEDDING']);
    state.isShedding = false;
    void participant.offer(offer);
    await clock.settle();
    expect(answers).toEqual(['NODE_SHEDDING', true]);
  });

  it('a training that runs is stopped and declined', async () => {
    const { answers, clock, participant, sent } = participantOf();
    const done = participant.offer(offer);
    await clock.settle();
    participant.giveUp(hot);
    await done;
    expect(answers).toEqual([true, 'NODE_SHEDDING']);
    expect(sent).toEqual([]);
  });

  it('what is trained is still delivered', async () => {
    const { answers, clock, finish, participant, sent } = participantOf();
    void participant.offer(offer);
    await clock.settle();
    finish();
    await clock.settle();
    participant.giveUp(hot);
    await clock.advance(10_000);
    expect(answers).toEqual([true]);
    expect(sent.length).toBeGreaterThan(1);
  });
});
