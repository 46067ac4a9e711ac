import { readModel, type ModelId } from '@sedge/wasm-models';
import { buildModels } from '@sedge/wasm-models/build';
import type { Tensor } from '@sedge/protocol';
import type { Session } from '../../src/engine.ts';
import { componentEngine } from '../../src/engines/component.ts';

/** A model of the house, built when its sources have changed, and opened with these weights. */
export async function openHouseModel(id: ModelId, weights?: readonly Tensor[]): Promise<Session> {
  await buildModels();
  const artifact = await readModel(id);
  return componentEngine({ log: () => undefined }).open({
    format: 'component',
    artifact,
    ...(weights !== undefined && { weights }),
  });
}
