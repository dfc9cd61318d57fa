import { defineConfig } from "vitest/config";

// The real engine and provider, where they are on PATH: minutes, not seconds, so apart from the other tests.
export default defineConfig({
  test: {
    include: ["test/engine/**/*.test.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
