import { readdirSync, readFileSync } from "node:fs";
import { configDefaults, defineConfig } from "vitest/config";

/** Parts with commands of their own: `npm run test:engine`, `npm run test:vm`. */
const ELSEWHERE = ["test/engine/**", "test/vm/**", ...configDefaults.exclude];

/**
 * Files that may not share a worker's modules: those that replace some, and those that drive other people's SDKs (undici
 * replaces the dispatcher behind the global `fetch`, which these need as it was).
 */
const APART = readdirSync(new URL("test", import.meta.url), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => `test/${name}`)
  .filter(
    (file) =>
      file.startsWith("test/local/") ||
      /\bvi\.(do)?[mM]ock\(/.test(readFileSync(new URL(file, import.meta.url), "utf8")),
  );

/**
 * Two projects, by whether their files may share a worker's modules: loading them is a third of all work. What waits
 * is a third, that may be run apart.
 * @param testTimeout for one test, in ms
 * @param exclude files that the run leaves out
 * @param waiting files that share modules and wait for a clock most of their time
 */
export const config = (testTimeout: number, exclude: string[], waiting: string[] = []) => {
  const test = { testTimeout, hookTimeout: 120_000 };
  return defineConfig({
    test: {
      // Most tests wait for a server: as many at once as a small machine has cores.
      maxWorkers: 2,
      projects: [
        {
          test: {
            ...test,
            name: "shared",
            isolate: false,
            include: ["test/**/*.test.ts"],
            exclude: [...APART, ...ELSEWHERE, ...exclude, ...waiting],
          },
        },
        ...(waiting.length
          ? [{ test: { ...test, name: "waiting", isolate: false, include: waiting, exclude: ELSEWHERE } }]
          : []),
        {
          test: {
            ...test,
            name: "apart",
            include: APART,
            exclude: [...ELSEWHERE, ...exclude],
          },
        },
      ],
    },
  });
};

// What a contributor needs, quickly. What is slow and independent ends in .slow.test.ts: npm run test:all has it too.
export default config(60_000, ["test/**/*.slow.test.ts"]);
