/** Networks, instances and boot volumes: the `core` services. @module */
import type { Service } from "../../service.ts";
import { consoleHistories } from "./console.ts";
import { dhcpOptions } from "./dhcp-options.ts";
import { gateways } from "./gateways.ts";
import { images } from "./images.ts";
import { instances } from "./instances.ts";
import { routeTables } from "./route-tables.ts";
import { securityGroups } from "./security-groups.ts";
import { securityLists } from "./security-lists.ts";
import { shapeHandlers } from "./shapes.ts";
import { subnets } from "./subnets.ts";
import { vcns } from "./vcns.ts";
import { vnics } from "./vnics.ts";
import { bootVolumes } from "./volumes.ts";

export { publishImage } from "./images.ts";

/** The handlers of the core services. */
export const core: Service = {
  name: "core",
  handlers: {
    ...vcns,
    ...subnets,
    ...gateways,
    ...routeTables,
    ...securityLists,
    ...dhcpOptions,
    ...securityGroups,
    ...images,
    ...shapeHandlers,
    ...instances,
    ...vnics,
    ...bootVolumes,
    ...consoleHistories,
  },
};
