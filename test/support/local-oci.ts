/** A local OCI for tests whose subject is not its keys. @module */
import { type LocalOci, type LocalOptions, startLocal } from "../../local/index.ts";
import { localKeys } from "./test-keys.ts";

/** Starts one, as `startLocal` of `local/` does, with keys that are there already. */
export const startTestOci = async (options: LocalOptions = {}): Promise<LocalOci> =>
  startLocal({ ...(!options.stateDir && { keys: await localKeys() }), ...options });
