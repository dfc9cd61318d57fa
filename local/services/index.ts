/** Every service of the local OCI. @module */
import type { Service } from "../service.ts";
import { audit } from "./audit.ts";
import { core } from "./core/index.ts";
import { identity } from "./identity/index.ts";
import { keymanagement } from "./keymanagement/index.ts";
import { objectstorage } from "./objectstorage/index.ts";
import { secrets } from "./secrets/index.ts";
import { vault } from "./vault/index.ts";

/** The services, each with the handlers of its operations. */
export const services: readonly Service[] = [
  audit,
  core,
  identity,
  keymanagement,
  objectstorage,
  secrets,
  vault,
];
