import { defineConfig } from 'drizzle-kit';

/** `SEDGE_DATABASE=durable npx drizzle-kit generate`, and once more with `telemetry`. */
const database = process.env['SEDGE_DATABASE'] ?? 'durable';

export default defineConfig({
  dialect: 'turso',
  schema: `./src/store/${database}-schema.ts`,
  out: `./migrations/${database}`,
});
