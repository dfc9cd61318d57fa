/** A driver behind which nothing runs: for tests of the control plane. @module */
import type { MachineDriver } from "./driver.ts";

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
