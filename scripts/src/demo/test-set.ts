import { nodeCrypto } from '@sedge/kit';
import type { Client } from '@sedge/cli';
import { encodeSafetensors, float32Tensor } from '@sedge/protocol';
import { routes, type DatasetView } from '@sedge/protocol/routes';
import { DIGIT_PIXELS } from '../data/digits-table.ts';
import type { DigitExamples } from '../data/digits.ts';
import { TEST_SET } from './train.ts';

/** The test digits, held by the coordinator, so that each round is evaluated. */
export async function uploadTestSet(client: Client, { features, labels, rows }: DigitExamples): Promise<DatasetView> {
  const content = encodeSafetensors([
    float32Tensor('features', [rows, DIGIT_PIXELS], features),
    { name: 'labels', dataType: 'UINT8', shape: [rows], data: labels },
  ]);
  const digest = await client.putBlob(nodeCrypto, content);
  return client.call(routes.addDataset, { body: { name: TEST_SET, digest } });
}
