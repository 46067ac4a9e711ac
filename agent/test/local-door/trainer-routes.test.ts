import { decodeSafetensors, encodeSafetensors, float32Values } from '@sedge/protocol';
import type { TrainingOutcome } from '@sedge/runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseNpy } from '../../src/datasets/readers/npy.ts';
import type { StepsReport } from '../../src/external-trainer/training-steps.ts';
import { PARAMETERS, roundWeights, smallJob } from '../external-trainer/round.ts';
import { openDoor, type OpenDoor } from './open-door.ts';

const JOBS = '/trainer/v1/jobs';

let open: OpenDoor;
beforeAll(async () => {
  open = await openDoor();
});
afterAll(() => open[Symbol.asyncDispose]());

interface Offered extends Disposable {
  readonly outcome: Promise<TrainingOutcome>;
  readonly reports: StepsReport[];
  readonly path: string;
}

/** A round that waits at the door, and the path of it that a trainer finds. */
async function offered(): Promise<Offered> {
  const reports: StepsReport[] = [];
  const end = new AbortController();
  const job = { job: smallJob(), timeoutMs: 5_000, onSteps: (report: StepsReport) => reports.push(report) };
  const outcome = open.trainerJobs.offer(job, end.signal);
  outcome.catch(() => undefined);
  const { body } = await open.ask(`${JOBS}/next?model=digits&waitMs=0`);
  const path = `${JOBS}/${(body as { job: string }).job}`;
  return { outcome, reports, path, [Symbol.dispose]: () => end.abort(new Error('the test is over')) };
}

const put = (path: string, body: Uint8Array | string) =>
  open.send(path, { method: 'PUT', body: typeof body === 'string' ? body : Buffer.from(body) });
const post = (path: string, body: string) => open.send(path, { method: 'POST', body });
const codeOf = ({ body }: { body: Buffer }): string => (JSON.parse(body.toString()) as { error: string }).error;

describe('the door for trainers', () => {
  it('gives a round piece by piece, and takes progress, metrics and result', async () => {
    using round = await offered();
    const config = (await open.ask(`${round.path}/config`)).body;
    expect(config).toMatchObject({ format: 'sedge.trainer/v1', run: 'run-1', round: 3, parameters: PARAMETERS });
    const weights = decodeSafetensors((await open.send(`${round.path}/weights`)).body);
    expect(weights.map(({ name, shape }) => ({ name, shape }))).toEqual(PARAMETERS);
    const features = parseNpy({
      path: 'features',
      content: (await open.send(`${round.path}/features`)).body,
      sha256: '',
    });
    expect(features).toMatchObject({ shape: [3, 2], values: Float32Array.of(1, 2, 3, 4, 5, 6) });
    const labels = parseNpy({ path: 'labels', content: (await open.send(`${round.path}/labels`)).body, sha256: '' });
    expect(labels.values).toEqual(Int32Array.of(0, 1, 0));

    expect((await post(`${round.path}/progress`, '{"stepsDone":1,"stepsTotal":2,"loss":0.5}')).status).toBe(204);
    expect(round.reports).toEqual([{ stepsDone: 1, stepsTotal: 2, loss: 0.5 }]);
    expect((await put(`${round.path}/metrics`, '{"loss":0.25}')).status).toBe(204);
    expect((await put(`${round.path}/result`, encodeSafetensors(roundWeights(3)))).status).toBe(204);
    const outcome = await round.outcome;
    expect(outcome.weights.flatMap((tensor) => [...float32Values(tensor)])).toEqual([3, 3, 3, 3, 3, 3]);
    expect(outcome.metrics).toEqual([{ name: 'loss', value: 0.25 }]);
    // The round is over.
    expect((await open.send(`${round.path}/config`)).status).toBe(409);
  });

  it('says what is wrong with a result, and takes a better one', async () => {
    using round = await offered();
    const damaged = await put(`${round.path}/result`, new Uint8Array(20));
    expect(damaged.status).toBe(400);
    expect(codeOf(damaged)).toContain('safetensors');
    const [weight] = roundWeights();
    if (weight === undefined) throw new Error('no weight');
    const short = await put(`${round.path}/result`, encodeSafetensors([weight]));
    expect(codeOf(short)).toContain('layer0.bias is missing');
    const long = await put(`${round.path}/result`, new Uint8Array(2 * 1024 * 1024));
    expect(long.status).toBe(413);
    expect((await put(`${round.path}/result`, encodeSafetensors(roundWeights()))).status).toBe(204);
    await round.outcome;
  });

  it('hears of a failure', async () => {
    using round = await offered();
    expect((await post(`${round.path}/failure`, 'no GPU')).status).toBe(204);
    await expect(round.outcome).rejects.toMatchObject({ code: 'TRAINER_FAILED', detail: 'no GPU' });
  });

  it('waits until there is a round, and says 204 when none came', async () => {
    expect((await open.send(`${JOBS}/next?waitMs=0`)).status).toBe(204);
    const waiting = open.ask(`${JOBS}/next?waitMs=20000`);
    // The question must be there before the round is.
    await open.ask(`${JOBS}/next?waitMs=0`).catch(() => undefined);
    using round = await offered();
    expect((await waiting).body).toMatchObject({ job: round.path.slice(JOBS.length + 1), config: { run: 'run-1' } });
  });

  it.each([
    ['GET', '/next?waitMs=-1', '', 400],
    ['GET', '/next?waitMs=60001', '', 400],
    ['GET', '/next?model=No+Model', '', 404],
    ['GET', '/job-none/weights', '', 404],
    ['DELETE', '/job-none/weights', '', 405],
    ['POST', '/JOB/progress', '{"stepsDone":"1"}', 400],
    ['POST', '/JOB/progress', 'no JSON', 400],
    ['POST', '/JOB/progress', 'x'.repeat(5_000), 413],
    ['POST', '/JOB/failure', 'x'.repeat(5_000), 413],
    ['PUT', '/JOB/metrics', 'x'.repeat(65 * 1024), 413],
  ])('answers %s %s with a refusal', async (method, path, body, status) => {
    using round = await offered();
    const place = `${JOBS}${path}`.replace(`${JOBS}/JOB`, round.path);
    const answer = await open.send(place, { method, ...(body !== '' && { body }) });
    expect(answer.status).toBe(status);
    expect(typeof codeOf(answer)).toBe('string');
  });

  it('is closed to whoever has no token', async () => {
    using round = await offered();
    expect((await fetch(`${open.url}${JOBS}/next`)).status).toBe(401);
    const result = { method: 'PUT', body: Buffer.from(encodeSafetensors(roundWeights())) };
    expect((await fetch(`${open.url}${round.path}/result`, result)).status).toBe(401);
  });
});
