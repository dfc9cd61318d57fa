/** What grants of a log have in common, whatever they are for. @module */
import type { ProbeInput } from "../document/schema.ts";
import { findingOf } from "./finding-codes.ts";
import type { KindFinding } from "./grant.ts";

/** The neighbour of a grant of a log: its settings. @param prefix of the probe's name */
export const logSettingsProbe = (prefix: string, log: string, group: string): ProbeInput => ({
  name: `${prefix}-${log.slice(-6)}-settings`,
  says: "read the log's settings",
  operation: "logging.GetLog",
  params: { logGroupId: group, logId: log },
  target: { id: log, seen: "deployer" },
  expected: "refused",
});

/** The finding that Logging has no condition for one log. @param can what the instance can do to every log of the group */
export const reachesTheGroup = (can: string): KindFinding =>
  findingOf(
    "logs-reach-the-group",
    `the instance can ${can} every log of the log group: OCI has no condition for one log. The proxy narrows it for clients.`,
  );

/** The rights of a deployer who looks whether the log is there. */
export const LOG_NEEDS = [{ action: "read log-groups", why: "logs that are granted exist" }];
