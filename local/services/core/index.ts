/** Networks, instances and boot volumes: the `core` services. @module */
import type { Service } from "../../service.ts";
import { consoleHistories } from "./console.ts";
import { gateways } from "./gateways.ts";
import { images } from "./images.ts";
import { instances } from "./instances.ts";
import { rules } from "./rules.ts";
import { shapeHandlers } from "./shapes.ts";
import { subnets } from "./subnets.ts";
import { vcns } from "./vcns.ts";
import { vnics } from "./vnics.ts";
import { bootVolumes } from "./volumes.ts";

export { type PlatformImage, publishImage } from "./images.ts";

/** The handlers of the core services. */
export const core: Service = {
  name: "core",
  handlers: {
    ...vcns,
    ...subnets,
    ...gateways,
    ...rules,
    ...images,
    ...shapeHandlers,
    ...instances,
    ...vnics,
    ...bootVolumes,
    ...consoleHistories,
  },
};
