/** Work requests of the core services. @module */
import type { WorkRequestClient } from "oci-workrequests";
import type { Handlers } from "../../sdk.ts";
import type { Service } from "../../service.ts";
import { workRequestHandlers } from "../support/work-requests.ts";

/** The handlers of work requests. */
export const workrequests: Service = {
  name: "workrequests",
  handlers: workRequestHandlers("coreservicesworkrequest", {
    filters: {
      compartmentId: (work) => work.compartmentId,
      resourceId: (work) => work.resources.map((item) => item.identifier),
    },
    summary: ({ resources: _resources, ...rest }) => rest,
  }) satisfies Handlers<WorkRequestClient>,
};
