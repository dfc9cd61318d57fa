/** Vaults, keys and operations with keys: the `keymanagement` services. @module */
import type { Service } from "../../service.ts";
import { crypto } from "./crypto.ts";
import { keyVersions } from "./key-versions.ts";
import { keys } from "./keys.ts";
import { signing } from "./signing.ts";
import { vaults } from "./vaults.ts";

/** The handlers of key management. */
export const keymanagement: Service = {
  name: "keymanagement",
  handlers: { ...vaults, ...keys, ...keyVersions, ...crypto, ...signing },
};
