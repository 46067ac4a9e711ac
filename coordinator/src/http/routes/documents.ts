import { asyncApiDocument, openApiDocument } from '@sedge/protocol/documents';
import type { Handlers } from '../handler.ts';
import type { HttpRooms } from '../rooms.ts';
import { docsPage } from '../static-files.ts';

/** The OpenAPI document says how to sign in; the page beside it brings everything that it shows. */
export function documentRoutes({ info }: Pick<HttpRooms, 'info'>): Pick<Handlers, 'openApi' | 'asyncApi' | 'docs'> {
  return {
    openApi: () => openApiDocument({ version: info().version }),
    asyncApi: () => asyncApiDocument({ version: info().version, mqttUrl: info().mqttUrl }),
    docs: async ({ reply }) => {
      const { body, headers } = await docsPage();
      return reply(body, { headers });
    },
  };
}
