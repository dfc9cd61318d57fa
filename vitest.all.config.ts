import { config } from "./vitest.config.ts";

// Everything but the real engine and the virtual machine: minutes, which a pipeline has.
export default config(600_000, []);
