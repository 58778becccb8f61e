import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // What a busy machine makes late is tried once more where nobody watches; a fault fails twice.
    retry: process.env.CI ? 1 : 0,
    // Two of everything that listens is plenty for two cores.
    maxWorkers: 2,
  },
});
