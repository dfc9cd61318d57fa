import { z } from "zod";
import { PLACEHOLDERS } from "../../document/placeholders.ts";
import { compartmentId, ocidForm } from "../forms.ts";
import { kind } from "../grant.ts";
import { LOG_NEEDS, logSettingsProbe, reachesTheGroup } from "../log-grant.ts";
import { logLookups } from "../lookup.ts";
import { groupStatement } from "../statement.ts";

const schema = z.strictObject({
  /** The log, by OCID. */
  logsearch: ocidForm("log"),
  /** Its log group, by OCID: what a condition can name. */
  group: ocidForm("loggroup"),
  /** OCID of the log group's compartment. @default the workload's compartment */
  compartment: compartmentId.optional(),
});
type LogSearchGrant = z.infer<typeof schema>;

/** The query of Logging's language that reads one log, and the beginning of every other one that does. */
const sourceOf = (g: LogSearchGrant, at: string): string => `search "${at}/${g.group}/${g.logsearch}"`;

/**
 * Searching one log. As for `logs`, Logging's only condition is `target.loggroup.id`, so the statement reaches the log
 * group; the proxy narrows clients to queries of the one log (`once` in oci/operations/bodies.ts).
 */
export const logsearchGrant = kind<LogSearchGrant>({
  key: "logsearch",
  schema,
  id: (g) => `logsearch ${g.logsearch}`,
  label: (g) => `search the log ${g.logsearch}`,
  compartment: (g) => g.compartment,
  statements: (g, ids) => {
    const at = g.compartment ?? ids.workloadCompartmentId;
    const condition = `target.loggroup.id = '${g.group}'`;
    return [{ compartmentId: at, text: groupStatement(ids.groupId, ["LOG_CONTENT_READ"], at, [condition]) }];
  },
  allow: (g, ids) => {
    const source = sourceOf(g, g.compartment ?? ids.workloadCompartmentId);
    // A second source would follow the first without a `|`.
    return [source, { prefix: `${source} |` }].map((query) => ({
      operations: ["loggingsearch.SearchLogs"],
      where: { "body.searchQuery": query },
    }));
  },
  probes: (g, ids) => ({
    allowed: [
      {
        name: `logsearch-${g.logsearch.slice(-6)}`,
        says: "search the log",
        operation: "loggingsearch.SearchLogs",
        query: { limit: "1" },
        body: {
          timeStart: PLACEHOLDERS.minuteAgo,
          timeEnd: PLACEHOLDERS.minute,
          searchQuery: sourceOf(g, g.compartment ?? ids.workloadCompartmentId),
        },
        target: { id: g.logsearch, seen: "deployer" },
        expected: "allowed",
      },
    ],
    refused: [logSettingsProbe("logsearch", g.logsearch, g.group)],
  }),
  findings: () => [reachesTheGroup("search")],
  lookups: (g, { compartments }) =>
    logLookups({ log: g.logsearch, group: g.group, at: g.compartment ?? compartments.workload }),
  deployerNeeds: LOG_NEEDS,
});
