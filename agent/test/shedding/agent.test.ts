import { decodeTensorFrame, float32Tensor, inferResponseHead, type Heartbeat, type ModelName } from '@sedge/protocol';
import { describe, expect, it } from 'vitest';
import { CoordinatorDouble } from '../support/coordinator-double.ts';
import { SmallAgent } from '../support/small-agent.ts';
import { fixtureBoard } from '../telemetry/fixture-board.ts';

const SENSOR = '/sys/class/thermal/thermal_zone0/temp';

describe('an agent on a hot board', { timeout: 60_000 }, () => {
  it('says so, refuses requests, and takes work again when it has cooled down', async () => {
    const files: Record<string, string> = { [SENSOR]: '84500\n' };
    await using coordinator = await CoordinatorDouble.start();
    await using small = await SmallAgent.enrolled(coordinator);
    const agent = await small.start({ shedTemperatureC: 80 }, fixtureBoard({ files }));
    await coordinator.until(() => beats(coordinator).find(({ shedding }) => shedding === 'hot'));
    expect(agent.status()[0]?.shedding).toBe('hot');
    const head = { model: 'small' as ModelName, version: 1, function: 'infer', timeoutMs: 5_000 };
    await coordinator.ask(small.node, 'request-1', head, [float32Tensor('features', [1, 4], [1, 2, 3, 4])]);
    const { bytes } = await coordinator.wholeStream('inferResponse');
    expect(decodeTensorFrame(bytes, inferResponseHead).head).toMatchObject({ ok: false, code: 'NODE_SHEDDING' });
    files[SENSOR] = '74000\n';
    await coordinator.until(() => beats(coordinator).find((beat) => beat.resources.temperatureC === 74));
    expect(beats(coordinator).at(-1)?.shedding).toBeUndefined();
    expect(agent.status()[0]?.shedding).toBeUndefined();
  });
});

function beats(coordinator: CoordinatorDouble): Heartbeat[] {
  return coordinator.bodies<Heartbeat>('heartbeat');
}
