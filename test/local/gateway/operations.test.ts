/** Permissions come from the table of operations: none is served without an entry, none missing without a reason. */
import { expect, test } from "vitest";
import { services } from "../../../local/services/index.ts";
import { reasonUnserved } from "../../../local/services/unserved.ts";
import { allOperations } from "../../../oci/operations/index.ts";

/** Those of the services that the local OCI has. */
const operations = allOperations().filter((o) => services.some(({ name }) => name === o.service));

const handlersOf = (service: string) => services.find((s) => s.name === service)?.handlers ?? {};

test("every handler is an operation of the table", () => {
  const known = new Set(operations.map((o) => `${o.service}.${o.name}`));
  const handled = services.flatMap((s) => Object.keys(s.handlers).map((name) => `${s.name}.${name}`));
  expect(handled.filter((name) => !known.has(name))).toEqual([]);
});

test("every operation that is served has permissions in the table", () => {
  const without = operations.filter((o) => Object.hasOwn(handlersOf(o.service), o.name) && !o.permissions);
  expect(without.map((o) => `${o.service}.${o.name}`)).toEqual([]);
});

test("every operation that nobody serves has a reason", () => {
  const unexplained = operations.filter(
    (o) => !Object.hasOwn(handlersOf(o.service), o.name) && !reasonUnserved(o),
  );
  expect(unexplained.map((o) => `${o.service}.${o.name}`)).toEqual([]);
});

test("what any authenticated principal may call is a short list", () => {
  const free = operations.filter(
    (o) => o.permissions?.mode === "none" && Object.hasOwn(handlersOf(o.service), o.name),
  );
  expect(free.map((o) => `${o.service}.${o.name}`).sort()).toEqual([
    "containerregistry.GetAccessToken",
    "core.GetService",
    "core.ListServices",
    "logging.GetWorkRequest",
    "logging.ListWorkRequestErrors",
    "logging.ListWorkRequestLogs",
    "workrequests.GetWorkRequest",
    "workrequests.ListWorkRequestErrors",
    "workrequests.ListWorkRequestLogs",
  ]);
});
