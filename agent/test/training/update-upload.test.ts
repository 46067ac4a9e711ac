import { nodeCrypto, seededRandomness, silentLog } from '@sedge/kit';
import { fakeClock } from '@sedge/kit/testing';
import { decodeChunk, limits, SedgeError } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { UpdateUpload } from '../../src/training/update-upload.ts';

const bytes = seededRandomness('update').bytes(limits.chunkDataBytesMax * 3 + 5);

function uploadOf(send: (sequence: number) => Promise<void> = async () => undefined) {
  const clock = fakeClock();
  const sent: number[] = [];
  const upload = new UpdateUpload({
    bytes,
    crypto: nodeCrypto,
    clock,
    randomness: seededRandomness('upload'),
    log: silentLog,
    whenConnected: async () => undefined,
    send: async (frame) => {
      const { sequence } = decodeChunk(nodeCrypto, frame);
      sent.push(sequence);
      await send(sequence);
    },
  });
  const ack = (nextSequence: number, complete = false, code?: string): void =>
    upload.take({ stream: upload.stream, nextSequence, complete, ...(code !== undefined && { code }) });
  return { clock, sent, upload, ack };
}

describe('an upload', () => {
  it('ends when the whole is acknowledged', async () => {
    const { clock, sent, upload, ack } = uploadOf();
    const done = upload.run(new AbortController().signal);
    await clock.settle();
    ack(4, true);
    await done;
    expect(sent).toEqual([0, 1, 2, 3]);
  });

  it('after a silence goes on from the first chunk that is not acknowledged', async () => {
    const { clock, sent, upload, ack } = uploadOf();
    const done = upload.run(new AbortController().signal);
    await clock.settle();
    ack(2);
    await clock.advance(5_000 + 500);
    expect(sent).toEqual([0, 1, 2, 3, 2, 3]);
    ack(4, true);
    await done;
  });

  it('begins anew when the other side has forgotten everything', async () => {
    const { clock, sent, upload, ack } = uploadOf();
    const done = upload.run(new AbortController().signal);
    await clock.settle();
    ack(4);
    ack(0);
    await clock.advance(5_000 + 500);
    expect(sent.slice(4)).toEqual([0, 1, 2, 3]);
    ack(4, true);
    await done;
  });

  it('tries again when the connection broke while it sent', async () => {
    let broken = true;
    const { clock, sent, upload, ack } = uploadOf(async (sequence) => {
      if (sequence === 1 && broken) {
        broken = false;
        throw new SedgeError('BUS_CLOSED', 'lost');
      }
    });
    const done = upload.run(new AbortController().signal);
    await clock.advance(500);
    expect(sent).toEqual([0, 1, 0, 1, 2, 3]);
    ack(4, true);
    await done;
  });

  it('ends with the code of a refusal, and with the reason of its signal', async () => {
    const refused = uploadOf();
    const refusal = expect(refused.upload.run(new AbortController().signal)).rejects.toMatchObject({
      code: 'ROUND_CLOSED',
    });
    await refused.clock.settle();
    refused.ack(0, false, 'ROUND_CLOSED');
    await refusal;
    const stopped = uploadOf();
    const abort = new AbortController();
    const end = expect(stopped.upload.run(abort.signal)).rejects.toMatchObject({ code: 'TRAINING_STOPPED' });
    await stopped.clock.settle();
    abort.abort(new SedgeError('TRAINING_STOPPED', 'closed'));
    await end;
  });

  it('is not moved by the acknowledgement of another stream', async () => {
    const { clock, upload } = uploadOf();
    let isDone = false;
    const abort = new AbortController();
    const run = upload.run(abort.signal).then(
      () => (isDone = true),
      () => undefined,
    );
    await clock.settle();
    upload.take({ stream: '0'.repeat(32), nextSequence: 4, complete: true });
    await clock.settle();
    expect(isDone).toBe(false);
    abort.abort(new SedgeError('TRAINING_STOPPED', 'closed'));
    await run;
  });
});
