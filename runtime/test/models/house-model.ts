import { readModel, type ModelId } from '@sedge/wasm-models';
import { buildModels } from '@sedge/wasm-models/build';
import type { Tensor } from '@sedge/protocol';
import type { Session } from '../../src/engine.ts';
import { componentEngine, type ComponentEngineOptions } from '../../src/engines/component.ts';

/** A model of the house, built when its sources have changed, and opened with these weights. */
export async function openHouseModel(
  id: ModelId,
  weights?: readonly Tensor[],
  caps?: ComponentEngineOptions['caps'],
): Promise<Session> {
  await buildModels();
  const artifact = await readModel(id);
  return componentEngine({ log: () => undefined, ...(caps !== undefined && { caps }) }).open({
    format: 'component',
    artifact,
    ...(weights !== undefined && { weights }),
  });
}
