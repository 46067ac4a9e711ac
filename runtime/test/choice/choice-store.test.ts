import { join } from 'node:path';
import { collectingLog, temporaryFolder } from '@sedge/kit/testing';
import type { EngineChoice } from '@sedge/protocol';
import { expect, it } from 'vitest';
import { ChoiceStore } from '../../src/choice/choice-store.ts';

const choice: EngineChoice = { engine: 'onnx-node', provider: 'cpu', reason: 'fastest', probes: [] };

it('a store keeps the newest 256 choices', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'choices.json');
  const log = collectingLog();
  const store = new ChoiceStore({ path, log });
  for (let model = 0; model < 258; model++) await store.set(`model ${model}`, choice);
  const again = new ChoiceStore({ path, log });
  expect(await again.get('model 1')).toBeUndefined();
  expect(await again.get('model 2')).toEqual(choice);
  expect(await again.get('model 257')).toEqual(choice);
  expect(log.messages('warn')).toEqual([]);
});

it('a store that cannot write says so and goes on', async () => {
  await using folder = await temporaryFolder();
  const log = collectingLog();
  const store = new ChoiceStore({ path: join(folder.path, 'missing', 'choices.json'), log });
  await store.set('model', choice);
  expect(await store.get('model')).toEqual(choice);
  expect(log.messages('warn')).toHaveLength(1);
});
