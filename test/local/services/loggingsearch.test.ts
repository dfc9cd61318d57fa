/** Searches in logs through Oracle's own SDK. */
import { LogSearchClient } from "oci-loggingsearch";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { refusal, sdkClient } from "../../support/sdk.ts";
import { signedCall } from "../../support/signed-call.ts";

let oci: LocalOci;
const compartment = WELL_KNOWN.compartments.app;
/** OCIDs of a log and its group. */
let log: string;
let group: string;
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

beforeAll(async () => {
  oci = await startTestOci({ settings: { transitionMs: 0 } });
  const body = { compartmentId: compartment, displayName: "app" };
  await signedCall(oci, "logging", "POST", "/20200531/logGroups", { body });
  group = oci.cloud.store.list("loggroup")[0]!.id;
  await signedCall(oci, "logging", "POST", `/20200531/logGroups/${group}/logs`, {
    body: { displayName: "app", logType: "CUSTOM" },
  });
  log = oci.cloud.store.list("log")[0]!.id;
  const entries = ["one", "two", "three"].map((data, i) => ({ id: `${i}`, data, time: at(i) }));
  const batch = { source: "app", type: "t", defaultlogentrytime: at(0), entries };
  const pushed = await signedCall(oci, "loggingingestion", "POST", `/20200831/logs/${log}/actions/push`, {
    body: { specversion: "1.0", logEntryBatches: [batch] },
  });
  expect(pushed.status).toBe(200);
});
afterAll(() => oci.close());

const search = async (
  searchQuery: string,
  { as = oci.administrator, from = 0, to = 60, limit = 10 } = {},
) => {
  const client = sdkClient(oci, LogSearchClient, "loggingsearch", as);
  const searchLogsDetails = { timeStart: new Date(at(from)), timeEnd: new Date(at(to)), searchQuery };
  const { searchResponse, opcNextPage } = await client.searchLogs({ searchLogsDetails, limit });
  const found = searchResponse.results!.map((r) => r.data.logContent.data.message as string);
  return { found, opcNextPage };
};
const one = () => `search "${compartment}/${group}/${log}"`;

test("a log is searched in the time that is asked for, page by page", async () => {
  expect((await search(one())).found).toEqual(["one", "two", "three"]);
  expect((await search(one(), { from: 1, to: 1 })).found).toEqual(["two"]);
  const first = await search(one(), { limit: 2 });
  expect(first.found).toEqual(["one", "two"]);
  expect(first.opcNextPage).toBeTruthy();
});

test("a group and a compartment are searched too, and stages are run in their order", async () => {
  expect((await search(`search "${compartment}/${group}"`)).found).toHaveLength(3);
  expect((await search(`search "${compartment}" | sort by datetime desc`)).found).toEqual([
    "three",
    "two",
    "one",
  ]);
  expect((await search(`${one()} | where logContent = '*o*' | sort by datetime desc`)).found).toEqual([
    "two",
    "one",
  ]);
});

test("what is no query, or not imitated, is refused by name", async () => {
  const of = async (query: string) => (await refusal(search(query))).slice(0, 2);
  expect(await of("count")).toEqual([400, "InvalidParameter"]);
  expect(await of(`${one()} | summarize count()`)).toEqual([400, "InvalidParameter"]);
  expect((await of(`search "${compartment}/${group}/${log}x"`))[0]).toBe(404);
});

test("who may not read the log's content finds nothing", async () => {
  expect((await refusal(search(one(), { as: oci.deployer })))[0]).toBe(404);
  expect((await refusal(search(`search "${compartment}"`, { as: oci.deployer })))[0]).toBe(404);
});
