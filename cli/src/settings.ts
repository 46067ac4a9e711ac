import { defineConfig, setting, type ConfigOf } from '@sedge/kit';
import { z } from 'zod';

export const cliConfig = defineConfig({
  url: setting({
    env: 'SEDGE_URL',
    schema: z.url({ protocol: /^https?$/ }).describe('an address like http://127.0.0.1:8080'),
    default: 'http://127.0.0.1:8080',
    doc: 'Where the coordinator answers.',
  }),
  token: setting({
    env: 'SEDGE_TOKEN',
    schema: z.string().min(1).optional(),
    doc: 'The token to sign in with; the coordinator printed the first one at its first start.',
    secret: true,
  }),
  publisherKey: setting({
    env: 'SEDGE_PUBLISHER_KEY',
    path: 'publisher-key',
    schema: z.string().min(1).optional(),
    doc: 'The file of the key that models are signed with; ~/.sedge/publisher.key if nothing is said.',
  }),
});

export type CliConfig = ConfigOf<(typeof cliConfig)['settings']>;
