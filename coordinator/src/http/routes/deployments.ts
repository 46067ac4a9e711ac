import type { Handlers } from '../handler.ts';
import { pageFrom } from '../paging.ts';
import type { HttpRooms } from '../rooms.ts';

type DeploymentRoutes = Pick<Handlers, 'createDeployment' | 'listDeployments' | 'getDeployment' | 'deleteDeployment'>;

export function deploymentRoutes({ rollouts }: Pick<HttpRooms, 'rollouts'>): DeploymentRoutes {
  return {
    createDeployment: ({ body }) => rollouts.create(body),
    listDeployments: ({ query: { limit, after } }) => pageFrom(rollouts.list(limit + 1, after), limit, ({ id }) => id),
    getDeployment: ({ path }) => rollouts.get(path.deployment),
    deleteDeployment: ({ path }) => rollouts.delete(path.deployment),
  };
}
