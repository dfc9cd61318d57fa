/** What is not imitated: the client gets OCI's response, the person who runs the local OCI the reason, once. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { clientAs } from "../../../local/client.ts";
import type { LocalOci } from "../../../local/index.ts";
import { services } from "../../../local/services/index.ts";
import type { OciClient } from "../../../oci/client.ts";
import { serviceNames } from "../../../oci/hosts.ts";
import { startTestOci } from "../../support/local-oci.ts";

const lines: string[] = [];
let oci: LocalOci;
let client: ReturnType<typeof clientAs>;

beforeAll(async () => {
  oci = await startTestOci({ log: (line) => lines.push(line) });
  client = clientAs(oci.administrator, oci.addresses, oci.cloud.realm.domain);
});
afterAll(async () => {
  await client.close();
  await oci.close();
});

/** A call, and what the terminal says of it. */
const said = async (operation: string, options?: Parameters<OciClient["call"]>[1]) => {
  const before = lines.length;
  const { status, code } = await client.call(operation, options).catch((e) => e);
  return { response: [status, code], lines: lines.slice(before) };
};

test("an operation of an imitated service: why not, once", async () => {
  const expected = {
    response: [404, "NotFound"],
    lines: [
      expect.stringMatching(
        /^core\.CreateDrg is not imitated \(the response is 404, .*\): what an instance in a subnet/,
      ),
    ],
  };
  expect(await said("core.CreateDrg", { body: {} })).toEqual(expected);
  expect(await said("core.CreateDrg", { body: {} })).toEqual({ ...expected, lines: [] });
  expect((await said("core.CreateVlan", { body: {} })).lines).toHaveLength(1);
});

test("a whole service, once; what is served, refused or no operation at all says nothing", async () => {
  const at = (service: string) => `https://${service}.us-ashburn-1.oraclecloud.com`;
  const of = (service: string) => said("core.ListVcns", { endpoint: at(service) });
  expect(await of("database")).toEqual({
    response: [404, "NotFound"],
    lines: [expect.stringMatching(/^the service database is not imitated .*docs\/local\.md/)],
  });
  expect((await of("database")).lines).toEqual([]);
  expect(await of("audit")).toEqual({ response: [404, "NotFound"], lines: [] });
  const params = { vcnId: "ocid1.vcn.oc1.iad.absent" };
  expect(await said("core.GetVcn", { params })).toEqual({
    response: [404, "NotAuthorizedOrNotFound"],
    lines: [],
  });
});

test("docs/local.md lists every service that is missing, and no other", () => {
  const page = readFileSync(join(resolve(import.meta.dirname, "../../.."), "docs/local.md"), "utf8");
  const [, list = ""] = /nothing is imitated:\n\n```text\n([^`]*)```/.exec(page) ?? [];
  const imitated = new Set(["auth", ...services.map(({ name }) => name)]);
  const missing = serviceNames().filter((name) => !imitated.has(name));
  expect(list.split(/,\s+|\s+/).filter(Boolean)).toEqual(missing.sort());
});
