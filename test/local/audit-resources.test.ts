/** Each audit event of a write names its resource: id and name, as they were when it ended. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { WELL_KNOWN } from "../../local/bootstrap.ts";
import { clientAs } from "../../local/client.ts";
import type { LocalOci } from "../../local/index.ts";
import { localStack } from "../support/local-stack.ts";

interface Data {
  eventName: string;
  compartmentId: string;
  resourceId: string | null;
  resourceName: string | null;
  freeformTags: Record<string, string>;
  additionalDetails: Record<string, unknown>;
  request: { id: string };
  response: { status: string };
}

const { app, network, security } = WELL_KNOWN.compartments;
let local: LocalOci;
let administrator: ReturnType<typeof clientAs>;
let engine: ReturnType<Awaited<ReturnType<typeof localStack>>["engine"]>;

beforeAll(async () => {
  const started = await localStack({ settings: { transitionMs: 0 } });
  ({ local } = started);
  administrator = clientAs(local.administrator, local.addresses, local.cloud.realm.domain);
  engine = started.engine({ "keyless:selection": "tag", "keyless:tagWaitS": "0" });
});
afterAll(async () => {
  await administrator.close();
  await local.close();
});

const minute = (offset: number): string =>
  `${new Date(Math.floor(Date.now() / 60_000 + offset) * 60_000).toISOString().slice(0, 17)}00Z`;

/** Events of writes that succeeded, in the order in which they happened. */
const writes = async (): Promise<Data[]> => {
  const all: Data[] = [];
  for (const compartmentId of [WELL_KNOWN.tenancy, app, network, security]) {
    const query = { compartmentId, startTime: minute(-5), endTime: minute(5) };
    const events = await administrator.list<{ data: Data }>("audit.ListEvents", { query });
    all.push(...events.map((e) => e.data));
  }
  return all.filter((e) => /^2/.test(e.response.status) && !/^(Get|List|Head)/.test(e.eventName));
};

test("the program's own resources, and what was there before, one by one", async () => {
  const stack = await engine.up();
  const events = await writes();
  const creations = events.filter((e) => /^(Create|Launch|Put)/.test(e.eventName));
  const unnamed = creations.filter((e) => !e.resourceId || !e.resourceName).map((e) => e.eventName);
  expect(unnamed).toEqual([]);
  const named = new Set(events.map((e) => e.resourceId));
  const missing = stack.resources.filter((r) => r.id.startsWith("ocid1.") && !named.has(r.id));
  expect(missing).toEqual([]);
  const of = (name: string) => events.filter((e) => e.eventName === name);
  const instance = String(stack.outputs["instance"]);
  expect(of("LaunchInstance")).toMatchObject([
    {
      resourceId: instance,
      resourceName: "keyless-local",
      compartmentId: app,
      freeformTags: { "keyless-stack": "keyless/local" },
      additionalDetails: { imageId: expect.stringContaining("ocid1.image."), type: "CustomerVmi" },
    },
  ]);
  expect(of("CreateBucket").map((e) => e.resourceId)).toContain("/n/keylesslocal/b/invoices");
  expect(of("PutObject").at(-1)).toMatchObject({
    resourceId: expect.stringMatching(/^\/n\/keylesslocal\/b\/keyless-local-release-\w+\/o\/app-\w+\.cjs$/),
    resourceName: expect.stringMatching(/^app-/),
    additionalDetails: { namespace: "keylesslocal" },
  });
  // Made by a work request: the response of the creation has no body.
  expect(of("CreateLogGroup")).toMatchObject([
    { resourceId: expect.stringMatching(/^ocid1\.loggroup\./), resourceName: "app" },
  ]);
});

test("what is deleted keeps its name in the event", async () => {
  await engine.destroy();
  const removals = (await writes()).filter((e) => /^(Delete|Terminate|Schedule)/.test(e.eventName));
  expect(removals.length).toBeGreaterThan(10);
  expect(removals.filter((e) => !e.resourceId || !e.resourceName).map((e) => e.eventName)).toEqual([]);
});
