/** Logs, log entries and metrics through Oracle's own SDK. */
import { LoggingManagementClient } from "oci-logging";
import { LoggingClient } from "oci-loggingingestion";
import { MonitoringClient } from "oci-monitoring";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WELL_KNOWN } from "../../../local/bootstrap.ts";
import type { LocalOci } from "../../../local/index.ts";
import { logEntries } from "../../../local/services/logging/index.ts";
import { startTestOci } from "../../support/local-oci.ts";
import { quickly, refusal, sdkClient } from "../../support/sdk.ts";

const compartmentId = WELL_KNOWN.compartments.app;
let oci: LocalOci;
let logging: LoggingManagementClient;
let metrics: MonitoringClient;

beforeAll(async () => {
  oci = await startTestOci({
    settings: { transitionMs: 5 },
    deployerStatements: [
      "Allow group Deployers to use metrics in compartment app where target.metrics.namespace = 'mine'",
    ],
  });
  logging = sdkClient(oci, LoggingManagementClient, "logging");
  metrics = sdkClient(oci, MonitoringClient, "monitoring");
});
afterAll(() => oci.close());

const finished = async (workRequestId: string): Promise<string> => {
  const done = await logging.createWaiters(quickly).forWorkRequest({ workRequestId });
  expect(done!.workRequest.status).toBe("SUCCEEDED");
  return done!.workRequest.resources[0]!.identifier;
};

const newGroup = async (displayName: string) => {
  const createLogGroupDetails = { compartmentId, displayName };
  return finished((await logging.createLogGroup({ createLogGroupDetails })).opcWorkRequestId);
};

const newLog = async (logGroupId: string, displayName: string) => {
  const createLogDetails = { displayName, logType: "CUSTOM" as never, isEnabled: true };
  return finished((await logging.createLog({ logGroupId, createLogDetails })).opcWorkRequestId);
};

describe("logs", () => {
  test("groups and logs are made, changed and deleted by work requests", async () => {
    const logGroupId = await newGroup("group");
    expect((await refusal(newGroup("group")))[0]).toBe(409);
    const logId = await newLog(logGroupId, "log");
    const { log } = await logging.getLog({ logGroupId, logId });
    expect(log).toMatchObject({ logGroupId, lifecycleState: "ACTIVE", retentionDuration: 30 });
    await finished(
      (await logging.updateLog({ logGroupId, logId, updateLogDetails: { retentionDuration: 60 } as never }))
        .opcWorkRequestId,
    );
    expect((await logging.listLogs({ logGroupId })).items).toMatchObject([
      { id: logId, retentionDuration: 60 },
    ]);
    const wrong = logging.updateLog({
      logGroupId,
      logId,
      updateLogDetails: { retentionDuration: 31 } as never,
    });
    expect((await refusal(wrong))[2]).toContain("retentionDuration");
    const work = async (status: string) =>
      (await logging.listWorkRequests({ compartmentId, status: status as never })).items;
    expect((await work("SUCCEEDED"))[0]!.resources![0]!.identifier).toBe(logId);
    expect(await work("FAILED")).toEqual([]);
    expect((await refusal(logging.deleteLogGroup({ logGroupId })))[0]).toBe(409);
    await finished((await logging.deleteLog({ logGroupId, logId })).opcWorkRequestId);
    await logging.deleteLogGroup({ logGroupId });
    expect((await refusal(logging.getLogGroup({ logGroupId })))[0]).toBe(404);
  });

  test("an update of a configuration changes parameters and archiving, not what the log is about", async () => {
    const logGroupId = await newGroup("services");
    const about = {
      sourceType: "OCISERVICE",
      service: "objectstorage",
      resource: "reports",
      category: "write",
    };
    const createLogDetails = {
      displayName: "writes",
      logType: "SERVICE" as never,
      configuration: { compartmentId, source: { ...about, parameters: { a: "1" } } },
    };
    const logId = await finished(
      (await logging.createLog({ logGroupId, createLogDetails })).opcWorkRequestId,
    );
    const configuration = { source: { parameters: { a: "2" } }, archiving: { isEnabled: true } };
    const update = (of: string, change: object) =>
      logging.updateLog({ logGroupId, logId: of, updateLogDetails: change as never });
    await finished((await update(logId, { configuration })).opcWorkRequestId);
    await finished((await update(logId, { configuration: { source: {} } })).opcWorkRequestId);
    expect((await logging.getLog({ logGroupId, logId })).log.configuration).toMatchObject({
      compartmentId,
      source: { ...about, parameters: { a: "2" } },
      archiving: { isEnabled: true },
    });
    const custom = await newLog(logGroupId, "custom");
    expect((await refusal(update(custom, { configuration })))[2]).toContain("a custom log has none");
  });

  test("entries are kept and found", async () => {
    const logGroupId = await newGroup("entries");
    const logId = await newLog(logGroupId, "custom");
    const ingestion = sdkClient(oci, LoggingClient, "loggingingestion");
    const push = (entries: object[]) =>
      ingestion.putLogs({
        logId,
        putLogsDetails: {
          specversion: "1.0",
          logEntryBatches: [
            { source: "test", type: "t", defaultlogentrytime: new Date(), entries: entries as never },
          ],
        },
      });
    await push([
      { id: "1", data: "one" },
      { id: "2", data: "two" },
    ]);
    expect(logEntries(oci.cloud, logId, "tw")).toMatchObject([
      { id: "2", data: "two", source: "test", type: "t" },
    ]);
    expect((await refusal(push([{ id: "3" }])))[1]).toBe("MissingParameter");
    expect((await refusal(push([])))[0]).toBe(400);
  });
});

describe("metrics", () => {
  const post = (data: object[], as = oci.administrator, more: object = {}) =>
    sdkClient(oci, MonitoringClient, "monitoring", as).postMetricData({
      postMetricDataDetails: { metricData: data as never, ...more },
    });
  const datum = (value: number, more: object = {}) => ({
    namespace: "mine",
    compartmentId,
    name: "requests",
    dimensions: { host: "a" },
    datapoints: [{ timestamp: new Date(Math.floor(Date.now() / 60_000) * 60_000 - 60_000), value }],
    ...more,
  });

  test("what was posted is listed and summarised", async () => {
    await post([datum(1), datum(3), datum(10, { dimensions: { host: "b" } })]);
    const listed = await metrics.listMetrics({ compartmentId, listMetricsDetails: { namespace: "mine" } });
    expect(listed.items.map((m) => m.dimensions)).toEqual([{ host: "a" }, { host: "b" }]);
    const summarize = async (query: string) =>
      (
        await metrics.summarizeMetricsData({
          compartmentId,
          summarizeMetricsDataDetails: { namespace: "mine", query },
        })
      ).items.map((m) => [m.dimensions, m.aggregatedDatapoints.map((p) => p.value)]);
    expect(await summarize('requests[1m]{host = "a"}.mean()')).toEqual([[{ host: "a" }, [2]]]);
    expect(await summarize("requests[1m].max()")).toEqual([
      [{ host: "a" }, [3]],
      [{ host: "b" }, [10]],
    ]);
    expect(await summarize("requests[1m].grouping().sum()")).toEqual([[{}, [14]]]);
    expect((await refusal(summarize("requests")))[2]).toContain("query");
  });

  test("what cannot be taken is named, and the rest taken unless all or nothing is asked for", async () => {
    const late = datum(1, { name: "late", datapoints: [{ timestamp: new Date(1), value: 1 }] });
    const { postMetricDataResponseDetails } = await post([datum(1, { name: "good" }), late]);
    expect(postMetricDataResponseDetails).toMatchObject({ failedMetricsCount: 1 });
    expect((await refusal(post([late], oci.administrator, { batchAtomicity: "ATOMIC" })))[0]).toBe(400);
    const reserved = await post([datum(1, { namespace: "oci_mine" })]);
    expect(reserved.postMetricDataResponseDetails.failedMetrics![0]!.message).toContain("oci_");
  });

  test("a statement for one namespace allows that one only", async () => {
    await post([datum(1)], oci.deployer);
    expect((await refusal(post([datum(1, { namespace: "other" })], oci.deployer)))[0]).toBe(404);
    expect((await refusal(post([datum(1), datum(1, { namespace: "other" })], oci.deployer)))[0]).toBe(404);
  });
});
