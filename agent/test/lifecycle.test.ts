import {
  decodeTensorFrame,
  float32Tensor,
  inferResponseHead,
  type Command,
  type InferRequestHead,
  type ModelManifest,
  type ModelName,
  type ReportedTwin,
  type RequestId,
} from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { hostileComponents } from '../../runtime/test/hostile/hostile-components.ts';
import { CoordinatorDouble } from './support/coordinator-double.ts';
import { SmallAgent, smallModel } from './support/small-agent.ts';

/** Answers with millions of records, which fills the heap of its host. */
async function crashingModel(coordinator: CoordinatorDouble): Promise<ModelManifest> {
  const set = await hostileComponents();
  const bytes = set.find(({ name }) => name === 'answer-many-records')?.bytes ?? new Uint8Array();
  const spec = { dataType: 'FP32', shape: [-1] } as const;
  return {
    schema: 'sedge.model/v1',
    name: 'crashing' as ModelName,
    version: 1,
    format: 'component',
    artifact: { digest: coordinator.store(bytes), sizeBytes: bytes.byteLength },
    functions: [
      { name: 'infer', inputs: [{ name: 'x', ...spec, shape: [-1] }], outputs: [{ name: 'y', ...spec, shape: [-1] }] },
    ],
    createdAt: '2026-01-01T00:00:00Z',
  };
}

/** Asks once, and answers with `ok` or the code. */
function asker(coordinator: CoordinatorDouble, agent: SmallAgent) {
  let count = 0;
  return async (head: Partial<InferRequestHead>, tensor = float32Tensor('features', [1, 4], [1, 2, 3, 4])) => {
    const requestId = `request-${count++}`;
    const whole = { model: 'small' as ModelName, version: 1, function: 'infer', timeoutMs: 20_000, ...head };
    await coordinator.ask(agent.node, requestId, whole, [tensor]);
    const { payload } = await coordinator.until(() =>
      coordinator.on('inferResponse').find(({ parameters }) => parameters['requestId'] === requestId),
    );
    // One chunk holds the whole answer; its data begins after the header of 80 bytes.
    const answer = decodeTensorFrame(payload.subarray(80), inferResponseHead).head;
    return answer.ok ? 'ok' : answer.code;
  };
}

/** The states of a model in the last report, and its error code. */
function reported(coordinator: CoordinatorDouble, name: string) {
  const last = coordinator.bodies<ReportedTwin>('reportedTwin').at(-1);
  return last?.models.filter((model) => model.name === name) ?? [];
}

const timeout = 90_000;
/** It meets the bound of the heap, or that of the whole process, which Node may not live to tell. */
const ENDS = ['MODEL_OUT_OF_MEMORY', 'MODEL_CRASHED'];

describe('a model that ends its host', { timeout }, () => {
  it('comes back twice, is kept from running the third time, and comes back when it is let go; others go on', async () => {
    await using coordinator = await CoordinatorDouble.start({ servesContent: true });
    await using agent = await SmallAgent.enrolled(coordinator);
    const small = await smallModel(coordinator);
    const crashing = await crashingModel(coordinator);
    const running = await agent.start({ modelMemoryMb: 256 });
    await coordinator.until(() => coordinator.on('birth')[0]);
    await coordinator.sayTwin(agent.node, 1, [coordinator.sign(small.manifest), coordinator.sign(crashing)]);
    const isReady = () => reported(coordinator, 'crashing')[0]?.state === 'ready' || undefined;
    await coordinator.until(isReady);
    const ask = asker(coordinator, agent);
    const crash = () => ask({ model: crashing.name }, float32Tensor('x', [1], [1]));
    for (const _time of [1, 2]) {
      expect(ENDS).toContain(await crash());
      // The successor of the host has both models again.
      expect(await ask({})).toBe('ok');
      expect(running.status()[0]?.models.map(({ state }) => state)).toEqual(['ready', 'ready']);
    }
    expect(ENDS).toContain(await crash());
    const [failed] = await coordinator.until(() =>
      reported(coordinator, 'crashing')[0]?.error === undefined ? undefined : reported(coordinator, 'crashing'),
    );
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'MODEL_QUARANTINED' } });
    expect(await crash()).toBe('MODEL_NOT_LOADED');
    expect(await ask({})).toBe('ok');

    // A restart changes nothing.
    await agent.stop();
    const heard = coordinator.on('reportedTwin').length;
    await agent.start();
    await coordinator.until(() => (coordinator.on('reportedTwin').length > heard ? true : undefined));
    expect(reported(coordinator, 'crashing')[0]?.error?.code).toBe('MODEL_QUARANTINED');

    const release = (id: string, model = crashing): Promise<void> => {
      const { name, version } = model;
      const body: Command = {
        id: id as RequestId,
        name: 'release',
        expiresAt: Date.now() + 10_000,
        model: { name, version },
      };
      return coordinator.sayCommand(agent.node, body);
    };
    await release('wrong', small.manifest);
    await coordinator.until(() => coordinator.bodies<{ code: string }>('commandRejected')[0]);
    expect(coordinator.bodies('commandRejected')).toMatchObject([{ id: 'wrong', code: 'MODEL_NOT_QUARANTINED' }]);
    await release('right');
    await coordinator.until(() => coordinator.on('commandAccepted')[0]);
    await coordinator.until(isReady);
  });
});

describe('a switch to another version', { timeout }, () => {
  it('loses no request, whenever it is asked', async () => {
    await using coordinator = await CoordinatorDouble.start({ servesContent: true });
    await using agent = await SmallAgent.enrolled(coordinator);
    const [one, two] = [await smallModel(coordinator), await smallModel(coordinator, 'small', 2)];
    await agent.start();
    await coordinator.until(() => coordinator.on('birth')[0]);
    await coordinator.sayTwin(agent.node, 1, [coordinator.sign(one.manifest)]);
    const readyVersion = () => reported(coordinator, 'small').find(({ state }) => state === 'ready')?.version;
    await coordinator.until(readyVersion);
    const ask = asker(coordinator, agent);
    const asked: string[] = [];
    const askOnAndOn = async (until: () => boolean): Promise<void> => {
      while (!until()) {
        const version = readyVersion() ?? 0;
        asked.push(`${version} ${await ask({ version })}`);
      }
    };
    let isOver = false;
    const clients = Promise.all([1, 2, 3].map(() => askOnAndOn(() => isOver)));
    await coordinator.sayTwin(agent.node, 2, [coordinator.sign(two.manifest)]);
    await coordinator.until(() => (asked.filter((line) => line === '2 ok').length >= 20 ? true : undefined));
    isOver = true;
    await clients;
    expect(new Set(asked)).toEqual(new Set(['1 ok', '2 ok']));
    // From the first moment on there was always one to ask.
    const isServed = ({ models }: ReportedTwin): boolean => models.some(({ state }) => state === 'ready');
    const reports = coordinator.bodies<ReportedTwin>('reportedTwin');
    expect(reports.slice(reports.findIndex(isServed)).every(isServed)).toBe(true);
  });
});

describe('an agent without any network', { timeout }, () => {
  it('has its models ready as soon as it runs', async () => {
    const coordinator = await CoordinatorDouble.start({ servesContent: true });
    await using agent = await SmallAgent.enrolled(coordinator);
    const model = await smallModel(coordinator);
    await agent.start();
    await coordinator.until(() => coordinator.on('birth')[0]);
    await coordinator.sayTwin(agent.node, 1, [coordinator.sign(model.manifest)]);
    await coordinator.until(() => reported(coordinator, 'small')[0]?.state === 'ready' || undefined);
    await agent.stop();
    await coordinator[Symbol.asyncDispose]();
    const again = await agent.start();
    await expect.poll(() => again.status()[0]?.models[0]?.state, { timeout: 30_000 }).toBe('ready');
    expect(again.status()[0]).toMatchObject({ connected: false, twinVersion: 1 });
  });
});

describe('an agent whose owner wants threads', { timeout }, () => {
  it('runs its models in one', async () => {
    await using coordinator = await CoordinatorDouble.start({ servesContent: true });
    await using agent = await SmallAgent.enrolled(coordinator);
    const model = await smallModel(coordinator);
    await agent.start({ isolation: 'thread' });
    await coordinator.until(() => coordinator.on('birth')[0]);
    await coordinator.sayTwin(agent.node, 1, [coordinator.sign(model.manifest)]);
    await coordinator.until(() => reported(coordinator, 'small')[0]?.state === 'ready' || undefined);
    expect(await asker(coordinator, agent)({})).toBe('ok');
  });
});
