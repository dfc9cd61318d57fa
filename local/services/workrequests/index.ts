/** Work requests of the core services. @module */
import type { Service } from "../../service.ts";
import { workRequestHandlers } from "../support/work-requests.ts";

/** The handlers of work requests. */
export const workrequests: Service = {
  name: "workrequests",
  handlers: workRequestHandlers(["coreservicesworkrequest"]),
};
