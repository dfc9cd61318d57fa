import { defineConfig } from "vitest/config";

// What a contributor needs, quickly. What is slow and independent ends in .slow.test.ts: npm run test:all has it too.
// Most tests wait for a server: as many at once as a small machine has cores.
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/**/*.slow.test.ts", "test/engine/**", "test/vm/**", "**/node_modules/**"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
