/** Every service of the local OCI. @module */
import type { Service } from "../service.ts";
import { artifacts } from "./artifacts.ts";
import { audit } from "./audit.ts";
import { containerregistry } from "./containerregistry.ts";
import { core } from "./core/index.ts";
import { dns } from "./dns.ts";
import { functions } from "./functions.ts";
import { generativeaiinference } from "./generativeaiinference.ts";
import { identity } from "./identity/index.ts";
import { keymanagement } from "./keymanagement/index.ts";
import { logging } from "./logging/index.ts";
import { loggingingestion } from "./loggingingestion/index.ts";
import { loggingsearch } from "./loggingsearch.ts";
import { monitoring } from "./monitoring/index.ts";
import { objectstorage } from "./objectstorage/index.ts";
import { ons } from "./ons.ts";
import { queue } from "./queue/index.ts";
import { secrets } from "./secrets/index.ts";
import { streaming } from "./streaming/index.ts";
import { vault } from "./vault/index.ts";
import { workrequests } from "./workrequests/index.ts";

/** The services, each with the handlers of its operations. */
export const services: readonly Service[] = [
  artifacts,
  audit,
  containerregistry,
  core,
  dns,
  functions,
  generativeaiinference,
  identity,
  keymanagement,
  logging,
  loggingingestion,
  loggingsearch,
  monitoring,
  objectstorage,
  ons,
  queue,
  secrets,
  streaming,
  vault,
  workrequests,
];
