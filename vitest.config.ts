import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/faults/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Every file runs servers of its own; more of them at once than this only wait for each other.
    maxWorkers: 2,
    restoreMocks: true,
    unstubEnvs: true,
  },
});
