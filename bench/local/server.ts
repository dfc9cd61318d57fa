/**
 * The local OCI that `bench/local.ts` measures, in a process of its own: one listener as it is, one with
 * authentication and authorisation taken out. The latter exists nowhere else.
 * @module
 */

import { type Gateway, serveExchange } from "../../local/gateway/exchange.ts";
import { listenHttp } from "../../local/gateway/listeners.ts";
import { startLocal } from "../../local/index.ts";
import { ocid } from "../../local/state/ocids.ts";
import { hostOf } from "../../oci/hosts.ts";

const STATEMENTS = 50;

/** Addresses and keys that the measuring process needs. */
export interface Measured {
  guardedUrl: string;
  openUrl: string;
  user: { tenancyId: string; userId: string; fingerprint: string; privateKeyPem: string };
  target: string;
}

/** Statements that all concern the deployer; only the last grants what is asked for. */
const statements = (): string[] => [
  ...Array.from(
    { length: STATEMENTS - 1 },
    (_, i) =>
      `Allow group Deployers to read buckets in compartment app where target.bucket.name = 'bucket-${i}'`,
  ),
  "Allow group Deployers to inspect compartments in compartment app",
];

const oci = await startLocal({ deployerStatements: statements() });
const [region] = oci.cloud.regions;
const host = hostOf("identity", region.id, oci.cloud.realm.domain);
const open: Gateway = {
  ...oci.gateway,
  authenticate: () => ({ type: "user", id: oci.deployer.userId }),
  authoriser: { authorise: () => {}, groupsOf: () => [], observe: () => {} },
};
const arrived = { host, services: ["identity"], region };
const listening = await listenHttp((request, response, continues) => {
  void serveExchange(open, arrived, request, response, continues);
});

const measured: Measured = {
  guardedUrl: oci.overrides.urlOf("identity", region),
  openUrl: `http://127.0.0.1:${listening.port}`,
  user: oci.deployer,
  target: `/20160918/compartments/${ocid("compartment", "", "app")}`,
};
process.send?.(measured);
/** Resources that the server has used so far. */
export interface Used {
  cpuS: number;
  rssMiB: number;
  heapMiB: number;
}

process.on("message", () => {
  globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  const used: Used = { cpuS: (user + system) / 1e6, rssMiB: rss / 1024 ** 2, heapMiB: heapUsed / 1024 ** 2 };
  process.send?.(used);
});
process.on("disconnect", () => process.exit(0));
