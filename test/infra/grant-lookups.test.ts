/** What the program reads of what grants name, against what they say of it. */
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { accessSchema } from "../../access/index.ts";
import { readGrants } from "../../infra/grant-lookups.ts";
import { ocid, SAFE, WORK } from "../access/support/universe.ts";

const ZONE = ocid("dns-zone", "granted");
const zone = { compartmentId: WORK, name: "example.com", scope: "GLOBAL" };

const read = async (found: object, more: object = { name: "example.com" }) => {
  await pulumi.runtime.setMocks({
    newResource: ({ name, inputs }) => ({ id: name, state: inputs }),
    call: () => found,
  });
  const access = accessSchema.parse({ clients: { c: [{ dns: ZONE, access: "read", ...more }] } });
  return readGrants("ns", { access, compartments: { workload: WORK, security: SAFE } } as never);
};

test("a zone that is as the grant says is taken", async () => {
  expect(await read(zone)).toEqual({});
  expect(await read({ ...zone, name: "example.org", scope: "PRIVATE" }, {})).toEqual({});
});

test.each([
  [
    "another name",
    { name: "example.org" },
    "with name example.org; allowed: with name example.com, scope GLOBAL",
  ],
  [
    "a private zone",
    { scope: "PRIVATE" },
    "with scope PRIVATE; allowed: with name example.com, scope GLOBAL",
  ],
  ["another compartment", { compartmentId: SAFE }, `in ${SAFE}; allowed: in ${WORK}`],
])("%s is refused, and the setting named", async (_what, more, message) => {
  const work = read({ ...zone, ...more });
  await expect(work).rejects.toThrow("keyless:access.clients.c[0]");
  await expect(work).rejects.toThrow(message);
});
