/** Machines that exist only as resources, with a console that a test writes. @module */
import type { MachineDriver } from "../../local/machines/driver.ts";
import { noMachines } from "../../local/machines/none.ts";

/** A driver that says it runs processes. @param console what an instance's console holds, by its OCID */
export const consoleMachines = (console: (instanceId: string) => Buffer): MachineDriver => {
  const driver = noMachines();
  return {
    ...driver,
    name: "process",
    launch: async (spec) => ({ ...(await driver.launch(spec)), console: () => console(spec.instanceId) }),
  };
};
