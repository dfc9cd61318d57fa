/** Every request is an event of the Audit service, through Oracle's own SDK. */
import { AuditClient } from "oci-audit";
import { NoRetryConfigurationDetails, Region, SimpleAuthenticationDetailsProvider } from "oci-common";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ApiIdentity, WELL_KNOWN } from "../../local/bootstrap.ts";
import type { LocalOci } from "../../local/index.ts";
import { startTestOci } from "../support/local-oci.ts";
import { asUser, callSigned, send } from "../support/raw-request.ts";

let oci: LocalOci;
const { tenancy } = WELL_KNOWN;
const { app } = WELL_KNOWN.compartments;

const clientOf = ({ tenancyId, userId, fingerprint, privateKeyPem }: ApiIdentity): AuditClient => {
  const authenticationDetailsProvider = new SimpleAuthenticationDetailsProvider(
    tenancyId,
    userId,
    fingerprint,
    privateKeyPem,
    null,
    Region.US_ASHBURN_1,
  );
  const client = new AuditClient(
    { authenticationDetailsProvider },
    { retryConfiguration: NoRetryConfigurationDetails },
  );
  client.endpoint = oci.overrides.urlOf("audit", oci.cloud.regions[0]);
  return client;
};

beforeAll(async () => {
  oci = await startTestOci({ settings: { transitionMs: 0 } });
});
afterAll(() => oci.close());

const minute = (offset: number): Date => {
  const at = new Date(oci.cloud.clock.now() + offset * 60_000);
  at.setUTCSeconds(0, 0);
  return at;
};
const range = (compartmentId: string) => ({ compartmentId, startTime: minute(-2), endTime: minute(2) });

test("allowed, refused and unauthenticated requests, with who, what, where and how it ended", async () => {
  const url = oci.overrides.urlOf("identity", oci.cloud.regions[0]);
  const list = { method: "GET", target: `/20160918/policies?compartmentId=${app}` };
  const allowed = await callSigned(url, list, asUser(oci.administrator));
  const refused = await callSigned(url, list, asUser(oci.deployer));
  const nobody = await send(url, { ...list, headers: { host: "x" } });
  const { items } = await clientOf(oci.administrator).listEvents(range(app));
  const about = (response: typeof allowed) =>
    items.find((e) => e.data.request?.id === response.headers["opc-request-id"]);
  expect(about(allowed)).toMatchObject({
    eventType: "com.oraclecloud.identityControlPlane.ListPolicies",
    cloudEventsVersion: "0.1",
    data: {
      eventName: "ListPolicies",
      compartmentId: app,
      compartmentName: "app",
      identity: { principalId: oci.administrator.userId, principalName: "administrator", tenantId: tenancy },
      request: { action: "GET", path: "/20160918/policies" },
      response: { status: "200" },
    },
  });
  expect(about(refused)).toMatchObject({
    data: { identity: { principalId: oci.deployer.userId }, response: { status: "404" } },
  });
  const root = await clientOf(oci.administrator).listEvents(range(tenancy));
  expect(root.items.find((e) => e.data.request?.id === nobody.headers["opc-request-id"])).toMatchObject({
    data: { eventName: "ListPolicies", identity: { principalId: null }, response: { status: "401" } },
  });
});

test("pages of its own, each event once", async () => {
  const url = oci.overrides.urlOf("identity", oci.cloud.regions[0]);
  const get = { method: "GET", target: `/20160918/compartments/${app}` };
  for (let i = 0; i < 120; i += 1) await callSigned(url, get, asUser(oci.administrator));
  const ids: string[] = [];
  let pages = 0;
  for await (const page of clientOf(oci.administrator).listEventsResponseIterator(range(app))) {
    ids.push(...page.items.map((e) => e.eventId));
    pages += 1;
  }
  expect(pages).toBeGreaterThan(1);
  expect(ids.length).toBeGreaterThanOrEqual(120);
  expect(new Set(ids).size).toBe(ids.length);
});

test("times are to the minute, in order; who may not read gets nothing", async () => {
  const client = clientOf(oci.administrator);
  const status = (work: Promise<unknown>) =>
    work.then(
      () => 200,
      (error) => error.statusCode,
    );
  const whole = range(app);
  expect(await status(client.listEvents({ ...whole, startTime: new Date(minute(0).getTime() + 1000) }))).toBe(
    400,
  );
  expect(await status(client.listEvents({ ...whole, endTime: whole.startTime }))).toBe(400);
  expect(await status(client.listEvents({ ...whole, page: "x" }))).toBe(400);
  expect(await status(clientOf(oci.deployer).listEvents(whole))).toBe(404);
  const early = { ...whole, startTime: minute(-60), endTime: minute(-30) };
  expect((await client.listEvents(early)).items).toEqual([]);
});

test("hours below ten have one digit in the TypeScript SDK (oci-common, formatDateToRFC3339)", async () => {
  const url = oci.overrides.urlOf("audit", oci.cloud.regions[0]);
  const list = async (startTime: string, endTime: string): Promise<number> => {
    const query = new URLSearchParams({ compartmentId: app, startTime, endTime });
    const raw = { method: "GET", target: `/20190901/auditEvents?${query}` };
    return (await callSigned(url, raw, asUser(oci.administrator))).status;
  };
  expect(await list("2026-01-31T9:00:00Z", "2026-01-31T10:00:00Z")).toBe(200);
  expect(await list("2026-01-31T9:5:00Z", "2026-01-31T10:00:00Z")).toBe(400);
});
