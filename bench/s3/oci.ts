/** The local OCI of the benchmark, a process of its own, with the files that point rclone at it. @module */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeClientFiles } from "../../commands/local/files.ts";
import { localWorld } from "../../test/support/local-proxy.ts";
import { signedCall } from "../../test/support/signed-call.ts";

/** The parts that the measuring process needs. */
export interface BenchOci {
  metadataUrl: string;
  tlsPort: number;
  ca: string;
  namespace: string;
  compartmentId: string;
  region: string;
  /** OCI's configuration file, with the administrator's key. */
  configFile: string;
  /** Base URL of Object Storage. */
  objectsUrl: string;
}

const { oci, namespace, compartmentId, metadataUrl } = await localWorld();
const policy = await signedCall(oci, "identity", "POST", "/20160918/policies", {
  body: {
    compartmentId: oci.cloud.tenancy.id,
    name: "objects",
    description: "d",
    statements: [
      "Allow dynamic-group proxies to manage object-family in compartment proxied",
      // rclone ends an upload in parts with a copy by the service.
      `Allow service objectstorage-${oci.cloud.regions[0].id} to manage object-family in compartment proxied`,
    ],
  },
});
if (policy.status !== 200) throw new Error(policy.text);
const dir = mkdtempSync(join(tmpdir(), "keyless-bench-"));
writeClientFiles(dir, oci);
const [region] = oci.cloud.regions;
const first: BenchOci = {
  metadataUrl,
  tlsPort: oci.addresses.tlsPort,
  ca: readFileSync(oci.addresses.caFile, "utf8"),
  namespace,
  compartmentId,
  region: region.id,
  configFile: join(dir, "oci-config"),
  objectsUrl: oci.overrides.urlOf("objectstorage", region),
};
process.send?.(first);
process.on("disconnect", () => {
  rmSync(dir, { recursive: true, force: true });
  process.exit(0);
});
