/** Secrets and their versions: the `vault` service. @module */
import type { Service } from "../../service.ts";
import { versionHandlers } from "./secret-versions.ts";
import { secretHandlers } from "./secrets.ts";

/** The handlers of secrets. */
export const vault: Service = { name: "vault", handlers: { ...secretHandlers, ...versionHandlers } };
