import { defineConfig } from 'vitest/config';

const packages = ['protocol', 'kit', 'autodiff', 'runtime', 'coordinator', 'agent', 'cli', 'wasm-models', 'scripts'];

/** Tests run the sources of our packages, never their built output. */
const resolve = { conditions: ['source', 'node', 'import', 'module', 'default'] };

/** System tests start the built programs, several at a time: they come last and have the machine to themselves. */
const forScripts = {
  globalSetup: ['./test/support/build-first.ts'],
  fileParallelism: false,
  sequence: { groupOrder: 1 },
};

export default defineConfig({
  test: {
    projects: packages.map((name) => ({
      resolve,
      ssr: { resolve },
      test: {
        name,
        root: name,
        include: ['test/**/*.test.ts'],
        testTimeout: 20_000,
        ...(name === 'scripts' ? forScripts : {}),
      },
    })),
  },
});
