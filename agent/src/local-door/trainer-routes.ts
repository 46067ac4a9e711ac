import { parseJsonBody, readBody } from '@sedge/kit';
import { fromUtf8, SedgeError } from '@sedge/protocol';
import type { Context, Hono } from 'hono';
import type { PullJob } from '../external-trainer/pull-job.ts';
import type { PullJobs } from '../external-trainer/pull-jobs.ts';
import { METRICS_BYTES_MAX } from '../external-trainer/trainer-result.ts';
import { stepsReport } from '../external-trainer/training-steps.ts';
import type { Admission } from './admission.ts';
import { modelNameOf } from './served-models.ts';

export interface TrainerRouteOptions {
  readonly trainerJobs: PullJobs;
  readonly admission: Admission;
}

const PROGRESS_BYTES_MAX = 4 * 1024;
const FAILURE_BYTES_MAX = 4 * 1024;
const WAIT_MS = 25_000;
const WAIT_MS_MAX = 60_000;
const JOB = '/trainer/v1/jobs/:job';

/** Rounds for a program that trains: it asks for one, fetches its parts, and brings the result. */
export function addTrainer(app: Hono, { trainerJobs, admission }: TrainerRouteOptions): void {
  const find = ({ req }: Context): PullJob => trainerJobs.find(req.param('job') ?? '');
  app.get('/trainer/v1/jobs/next', (context) => answerNext(context, trainerJobs));
  app.get(`${JOB}/config`, (context) => context.json(find(context).config()));
  app.get(`${JOB}/weights`, (context) => bytes(context, find(context).weights()));
  for (const which of ['features', 'labels'] as const) {
    app.get(`${JOB}/${which}`, (context) => bytes(context, find(context).examples(which)));
  }
  const take = (path: string, bytesMax: (job: PullJob) => number, use: (job: PullJob, body: Uint8Array) => void) =>
    app.on(methodOf(path), `${JOB}/${path}`, async (context) => {
      const job = find(context);
      use(job, await admittedBody(context.req.raw, bytesMax(job), admission));
      return context.body(null, 204);
    });
  take(
    'progress',
    () => PROGRESS_BYTES_MAX,
    (job, body) => job.steps(parsedSteps(body)),
  );
  take(
    'metrics',
    () => METRICS_BYTES_MAX,
    (job, body) => job.takeMetrics(body),
  );
  take(
    'result',
    (job) => job.resultBytesMax,
    (job, body) => job.takeResult(body),
  );
  take(
    'failure',
    () => FAILURE_BYTES_MAX,
    (job, body) => job.fail(fromUtf8(body)),
  );
}

/** What replaces what was there before is PUT, what is told is POST. */
function methodOf(path: string): 'PUT' | 'POST' {
  return path === 'result' || path === 'metrics' ? 'PUT' : 'POST';
}

/** Waits for a round; 204 when none came. */
async function answerNext(context: Context, jobs: PullJobs): Promise<Response> {
  const { model, waitMs } = context.req.query();
  const question = {
    model: model === undefined ? undefined : modelNameOf(model),
    waitMs: waitMs === undefined ? WAIT_MS : millisecondsOf(waitMs),
    signal: context.req.raw.signal,
  };
  const job = await jobs.next(question);
  return job === undefined ? context.body(null, 204) : context.json({ job: job.id, config: job.config() });
}

/** Throws INVALID_FIELD. */
function millisecondsOf(text: string): number {
  if (/^\d{1,6}$/.test(text) && Number(text) <= WAIT_MS_MAX) return Number(text);
  throw new SedgeError('INVALID_FIELD', `waitMs is an integer from 0 to ${WAIT_MS_MAX}`, { expose: true });
}

/** Throws BAD_JSON, INVALID_FIELD. */
function parsedSteps(body: Uint8Array) {
  const report = stepsReport.safeParse(parseJsonBody(body));
  if (report.success) return report.data;
  throw new SedgeError('INVALID_FIELD', 'stepsDone and stepsTotal are integers, loss a number', { expose: true });
}

/** Throws QUEUE_FULL, PAYLOAD_TOO_LARGE. A body that does not say how long it is counts as the longest. */
async function admittedBody(request: Request, bytesMax: number, admission: Admission): Promise<Uint8Array> {
  const announced = Number(request.headers.get('content-length') ?? bytesMax);
  using _place = admission.enter(Math.min(announced, bytesMax));
  return readBody(request, bytesMax);
}

function bytes(context: Context, content: Uint8Array<ArrayBuffer>): Response {
  return context.body(content, 200, { 'content-type': 'application/octet-stream' });
}
