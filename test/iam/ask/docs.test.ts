/** The commands of docs/ask.md, run as they are written. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { iamCommand } from "../../../commands/iam/command.ts";

const page = readFileSync("docs/ask.md", "utf8");
const commands = [...page.matchAll(/^npm run -s iam -- (.*)$/gm)].map(([, line]) => line!);

const run = async (line: string): Promise<{ code: number; lines: Record<string, unknown>[] }> => {
  const printed: string[] = [];
  const io = { input: () => "", print: (text: string) => void printed.push(text), terminal: false };
  const code = await iamCommand(line.split(" "), io);
  return { code, lines: printed.map((text) => JSON.parse(text)) };
};

const GROUP = { type: "dynamic-group", id: "ocid1.dynamicgroup.oc1..shop" };

it("has commands of every kind", () => {
  expect(new Set(commands.map((line) => line.split(" ")[0]))).toEqual(new Set(["can-i", "who-can", "reach"]));
});

it.each(commands)("%s", async (line) => {
  const { code, lines } = await run(line);
  expect(code).toBe(0);
  expect(lines.length).toBeGreaterThan(0);
});

it("says who may, and whom a deny statement stops", async () => {
  const { lines } = await run("who-can examples/tenancy.json --operation GetSecretBundle --compartment data");
  expect(lines).toContainEqual({
    principal: GROUP,
    name: "shop-servers",
    decision: "depends",
    condition: "target.secret.name = 'shop'",
    statements: [{ policy: 2, statement: 0 }],
  });
  // Cleo is in Ops and in Trainees: Ops is not listed, and of its members only Ben.
  const users = lines.map((l) => (l as { name: string }).name).sort();
  expect(users).toEqual(["Administrators", "ben", "shop-servers"]);
});

it("puts given variables in", async () => {
  const { lines } = await run(
    "who-can examples/tenancy.json --operation GetSecretBundle --compartment data --variable target.secret.name=shop",
  );
  expect(lines.find((l) => JSON.stringify(l["principal"]) === JSON.stringify(GROUP))).toMatchObject({
    decision: "allow",
  });
  const { lines: other } = await run(
    "who-can examples/tenancy.json --operation GetSecretBundle --compartment data --variable target.secret.name=?",
  );
  expect(other.find((l) => JSON.stringify(l["principal"]) === JSON.stringify(GROUP))).toMatchObject({
    decision: "depends",
    dependsOn: ["target.secret.name"],
  });
});

it("reaches by permission what a condition on the permission leaves", async () => {
  const { lines } = await run("reach examples/tenancy.json --principal instance:web");
  const orders = lines.find((l) => l["condition"] === "target.bucket.name = 'orders'") as {
    permissions: string[];
  };
  expect(orders.permissions).toContain("OBJECT_CREATE");
  expect(orders.permissions).not.toContain("OBJECT_DELETE");
});

it.each([
  [
    "can-i examples/tenancy.json --principal user:bne --operation GetObject --compartment shop",
    /did you mean "ben"/,
  ],
  ["can-i examples/tenancy.json --principal ben --operation GetObject --compartment shop", /user:ID/],
  [
    "can-i examples/tenancy.json --principal user:ben --operation GetObjct --compartment shop",
    /did you mean "GetObject"/,
  ],
  [
    "can-i examples/tenancy.json --principal user:ben --operation GetObject --compartment shp",
    /did you mean "shop"/,
  ],
  ["can-i examples/tenancy.json --principal user:ben --compartment shop", /--operation OP, or --permissions/],
  ["who-can examples/tenancy.json --operation GetObject --variable x", /NAME=VALUE/],
  ["reach examples/tenancy.json", /--principal is missing/],
])("%s: is refused with a reason", (line, reason) => {
  return expect(run(line)).rejects.toThrow(reason);
});
