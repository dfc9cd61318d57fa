/** A process of its own that switches one machine on, says where it is, and does nothing more. @module */
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vmDriver } from "../../../local/machines/vm/driver.ts";

const server = createServer((_request, response) => response.writeHead(404).end());
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const { port } = server.address() as AddressInfo;
const caFile = join(tmpdir(), `keyless-launch-${process.pid}.pem`);
writeFileSync(caFile, "none");
const driver = vmDriver({ progress: (line) => console.error(line) });
const machine = await driver.launch({
  instanceId: "ocid1.instance.oc1.iad.test",
  userData: "",
  hostname: "test",
  metadataUrl: `http://127.0.0.1:${port}/opc/v2`,
  tlsPort: port,
  caFile,
  vnic: { address: "10.0.0.2", macAddress: "02:00:17:00:00:09", prefixBits: 24, router: "10.0.0.1" },
  serves: () => false,
  routed: () => false,
});
console.log(machine.folder);
process.once("SIGTERM", async () => {
  await driver.close();
  server.close();
  process.exit(0);
});
