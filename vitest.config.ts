import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Each file in a process of its own: the tests own descriptors, children and signal handlers.
    pool: 'forks',
    maxWorkers: 2,
    // The tests live on the real kernel of a shared machine. A run for somebody else asks twice more before it says no; at home once is enough.
    retry: process.env.CI ? 2 : 0,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 30_000,
  },
})
