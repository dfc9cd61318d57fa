import { z } from "zod";
import { PLACEHOLDERS } from "../../document/placeholders.ts";
import { compartmentId, ocidForm } from "../forms.ts";
import { kind } from "../grant.ts";
import { LOG_NEEDS, logSettingsProbe, reachesTheGroup } from "../log-grant.ts";
import { logLookups } from "../lookup.ts";
import { groupStatement } from "../statement.ts";

const schema = z.strictObject({
  /** The log, by OCID. */
  logs: ocidForm("log"),
  /** Its log group, by OCID: what a condition can name. */
  group: ocidForm("loggroup"),
  /** OCID of the log group's compartment. @default the workload's compartment */
  compartment: compartmentId.optional(),
});

/**
 * Putting entries into one log. Logging's only condition variable is `target.loggroup.id` (policy reference,
 * "Details for Logging"), so the statement reaches the log group; the proxy narrows clients to the log.
 */
export const logsGrant = kind<z.infer<typeof schema>>({
  key: "logs",
  schema,
  id: (g) => `logs ${g.logs} write`,
  label: (g) => `put entries into the log ${g.logs}`,
  compartment: (g) => g.compartment,
  statements: (g, ids) => {
    const at = g.compartment ?? ids.workloadCompartmentId;
    const condition = `target.loggroup.id = '${g.group}'`;
    return [{ compartmentId: at, text: groupStatement(ids.groupId, ["LOG_CONTENT_PUSH"], at, [condition]) }];
  },
  allow: (g) => [{ operations: ["loggingingestion.PutLogs"], where: { "path.logId": g.logs } }],
  probes: (g) => ({
    allowed: [
      {
        name: `logs-${g.logs.slice(-6)}-put`,
        says: "put an entry into the log",
        operation: "loggingingestion.PutLogs",
        params: { logId: g.logs },
        body: {
          specversion: "1.0",
          logEntryBatches: [
            {
              source: "keyless",
              type: "keyless.check",
              defaultlogentrytime: PLACEHOLDERS.now,
              entries: [{ id: PLACEHOLDERS.uuid, data: "the check's entry" }],
            },
          ],
        },
        target: { id: g.logs, seen: "deployer" },
        expected: "allowed",
      },
    ],
    refused: [logSettingsProbe("logs", g.logs, g.group)],
  }),
  findings: () => [reachesTheGroup("put entries into")],
  lookups: (g, { compartments }) =>
    logLookups({ log: g.logs, group: g.group, at: g.compartment ?? compartments.workload }),
  deployerNeeds: LOG_NEEDS,
});
