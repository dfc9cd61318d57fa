/** Every kind of grant. A new one is a file beside these and a line here. @module */
import type { z } from "zod";
import type { GrantKind } from "../grant.ts";
import { auditGrant } from "./audit.ts";
import { bucketGrant } from "./bucket.ts";
import { dnsGrant } from "./dns.ts";
import { functionGrant } from "./function.ts";
import { generativeaiGrant } from "./generativeai.ts";
import { instanceGrant } from "./instance.ts";
import { keyGrant } from "./key.ts";
import { logsGrant } from "./logs.ts";
import { logsearchGrant } from "./logsearch.ts";
import { metricsGrant } from "./metrics.ts";
import { monitoringGrant } from "./monitoring.ts";
import { queueGrant } from "./queue.ts";
import { rawGrant } from "./raw.ts";
import { registryGrant } from "./registry.ts";
import { secretGrant } from "./secret.ts";
import { streamGrant } from "./stream.ts";
import { topicGrant } from "./topic.ts";

/** The kinds, in the order in which they are named to people. */
export const grantKinds = [
  secretGrant,
  bucketGrant,
  metricsGrant,
  logsGrant,
  instanceGrant,
  auditGrant,
  queueGrant,
  streamGrant,
  topicGrant,
  functionGrant,
  keyGrant,
  monitoringGrant,
  logsearchGrant,
  generativeaiGrant,
  dnsGrant,
  registryGrant,
  rawGrant,
] as const;

/** An entry of the declaration. */
export type Grant = z.output<(typeof grantKinds)[number]["schema"]>;

/** The kind of an entry that was checked. */
export const kindOf = (grant: Grant): GrantKind<Grant> =>
  grantKinds.find((k) => k.key in grant) as unknown as GrantKind<Grant>;
