import { defineConfig } from "vitest/config";

// One virtual machine, booted once, for all of its tests: `npm run test:vm`, on Linux with QEMU.
export default defineConfig({
  test: {
    include: ["test/vm/**/*.test.ts"],
    globalSetup: ["test/vm/support/setup.ts"],
    // Without hardware virtualisation, and with other work on the computer, everything takes its time.
    testTimeout: 600_000,
    hookTimeout: 900_000,
    fileParallelism: false,
  },
});
