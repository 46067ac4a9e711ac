import { configRows, defineConfig, setting } from '@sedge/kit';
import { z } from 'zod';
import { describe, expect, it } from 'vitest';
import { configurationPage } from '../../src/reference/configuration-page.ts';

describe('configurationPage', () => {
  it('shows variable, place in the file, what is allowed and the default, and a dash where there is none', () => {
    const rows = configRows(
      defineConfig({
        port: setting({
          env: 'SEDGE_PORT',
          path: 'http.port',
          schema: z.int().min(1).max(9),
          default: 8,
          doc: 'A port.',
        }),
        name: setting({ env: 'SEDGE_NAME', schema: z.string().regex(/^a|b$/).optional(), doc: 'A name.' }),
      }),
    );
    const page = configurationPage([{ title: 'Program', intro: 'What it is.', rows }]);
    expect(page).toContain('| `SEDGE_PORT` | `http.port` | an integer from 1 to 9 | `8` | A port. |');
    // A bar would end the cell.
    expect(page).toContain('| `SEDGE_NAME` | `name` | text that matches ^a\\|b$ | – | A name. |');
  });
});
