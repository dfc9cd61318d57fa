/** A driver behind which nothing runs: for tests of the control plane. @module */
import type { MachineDriver } from "./driver.ts";

/** Words for people who wait for such a machine to boot. */
export const NOTHING_RUNS =
  "instances are resources only, nothing runs behind them; --machine process runs what their user_data starts";

/** Machines that exist only as resources; their console is empty. */
export const noMachines = (): MachineDriver => ({
  name: "none",
  launch: async () => ({
    console: () => Buffer.alloc(0),
    action: async () => {},
    terminate: async () => {},
  }),
  close: async () => {},
});
