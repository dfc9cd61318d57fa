/** The Audit service: every request that this local OCI was sent. @module */
import type { Service } from "../service.ts";

/** The handlers of the Audit service. */
export const audit: Service = { name: "audit", handlers: {} };
