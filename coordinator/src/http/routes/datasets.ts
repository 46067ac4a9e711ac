import type { Handlers } from '../handler.ts';
import type { HttpRooms } from '../rooms.ts';

export function datasetRoutes({
  datasets,
}: Pick<HttpRooms, 'datasets'>): Pick<Handlers, 'addDataset' | 'listDatasets'> {
  return {
    addDataset: ({ body }) => datasets.add(body.name, body.digest),
    listDatasets: () => ({ items: datasets.list() }),
  };
}
