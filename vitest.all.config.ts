import { config } from "./vitest.config.ts";

/** Real seconds pass in these: for programs to try again, launchers to look for a document, connections to time out. */
const WAITING = [
  "test/app/proxy/agents.slow.test.ts",
  "test/app/proxy/attacks.slow.test.ts",
  "test/app/proxy/metric-agents.slow.test.ts",
  "test/app/proxy/random-traffic.slow.test.ts",
  "test/commands/weather.slow.test.ts",
  "test/infra/boot/updater.slow.test.ts",
];

// Everything but the real engine and the virtual machine: minutes, which a pipeline has.
export default config(600_000, [], WAITING);
