import { configDefaults, defineConfig, mergeConfig } from "vitest/config";
import quick from "./vitest.config.ts";

// Everything but the real engine and the virtual machine: minutes, which a pipeline has.
const config = mergeConfig(quick, defineConfig({ test: { testTimeout: 600_000 } }));
config.test!.exclude = ["test/engine/**", "test/vm/**", ...configDefaults.exclude];

export default config;
