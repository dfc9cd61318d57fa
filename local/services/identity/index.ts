/** Compartments, users, groups, policies, tags: the identity service. @module */
import type { Service } from "../../service.ts";
import { places } from "./places.ts";

/** The handlers of the identity service. */
export const identity: Service = { name: "identity", handlers: { ...places } };
