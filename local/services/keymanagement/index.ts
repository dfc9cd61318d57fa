/** Vaults, keys and what is done with keys: the `keymanagement` services. @module */
import type { Service } from "../../service.ts";
import { crypto } from "./crypto.ts";
import { keys } from "./keys.ts";
import { vaults } from "./vaults.ts";

export { vaultOfHost } from "./vaults.ts";

/** The handlers of key management. */
export const keymanagement: Service = { name: "keymanagement", handlers: { ...vaults, ...keys, ...crypto } };
