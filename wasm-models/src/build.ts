import { buildModels } from './build-models.ts';

/** The build step of this package: `node wasm-models/dist/build.js`. Quick when no source has changed. */
await buildModels();
