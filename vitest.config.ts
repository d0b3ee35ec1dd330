import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// Forks, not threads: snarkjs and ffjavascript cannot live in a worker thread.
const common = { pool: 'forks' as const, testTimeout: 120_000, hookTimeout: 120_000 };
const hours = { ...common, testTimeout: 3_600_000, hookTimeout: 3_600_000 };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: 'fast',
          include: ['test/**/*.test.ts'],
          exclude: ['test/long/**', 'test/final/**'],
          // two on two cores: most files wait for one thread, and CI has forty minutes
          maxWorkers: Math.max(2, availableParallelism() - 1),
        },
      },
      // the whole final proof: minutes, and a proving key of some 50 MB in the cache, made when it is not there
      { test: { ...hours, name: 'final', include: ['test/final/**/*.test.ts'] } },
      { test: { ...hours, name: 'long', include: ['test/long/**/*.test.ts'] } },
    ],
  },
});
