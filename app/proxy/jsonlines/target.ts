/** The path for log agents, `/logs` or `/logs/<log OCID>`, rewritten to the operation that is really sent. @module */
import { constraintTexts } from "../../../document/rules/constraint.ts";
import type { ClientPolicy } from "../../../document/rules/policy.ts";
import { ProxyError } from "../errors.ts";

const FORM = /^\/logs(?:\/([A-Za-z0-9._-]{1,255}))?$/;

/** True for a request target that is for log agents: no service is called `logs`. */
export const isForLogs = (url: string): boolean => /^\/logs(?:[/?]|$)/.test(url);

/** The logs that a client's grants name, by OCID; undefined where a grant is about others than it spells out. */
const grantedLogs = (policy: ClientPolicy | undefined): string[] | undefined => {
  const named: string[] = [];
  for (const { early } of policy?.get("loggingingestion.PutLogs") ?? []) {
    const wanted = early.find((c) => c.where === "path" && c.name === "logId")?.wanted;
    if (wanted === undefined || (typeof wanted === "object" && "prefix" in wanted)) return undefined;
    named.push(...constraintTexts(wanted));
  }
  return [...new Set(named)];
};

/**
 * The request target of PutLogs that a log agent's one stands for. It decides nothing: the allow rules are asked about
 * what this returns, as about any other request.
 * @param policy the client's, whose only log is taken where the path names none
 * @throws ProxyError `BadTarget` or `NotGranted` naming what to write
 */
export const logsTarget = (
  client: string,
  method: string,
  url: string,
  policy: ClientPolicy | undefined,
): string => {
  const form = FORM.exec(url);
  if (method !== "POST" || !form) {
    throw new ProxyError("BadTarget", "log agents write POST /logs/<log OCID> or POST /logs, with no query");
  }
  const logs = form[1] === undefined ? grantedLogs(policy) : [form[1]];
  if (logs === undefined) {
    throw new ProxyError(
      "BadTarget",
      `the grants of ${client} are about more logs than they name, and the path names none: write POST /logs/<log OCID>`,
    );
  }
  if (logs.length > 1) {
    throw new ProxyError(
      "BadTarget",
      `the grants of ${client} name ${logs.length} logs, and the path none: write POST /logs/<log OCID> with one of ${logs.slice(0, 10).join(", ")}`,
    );
  }
  if (logs[0] === undefined) {
    throw new ProxyError(
      "NotGranted",
      `no grant of ${client} names a log. It would need, under keyless:access clients ${client}: { logs: <log OCID>, group: <log group OCID> }`,
    );
  }
  return `/loggingingestion/20200831/logs/${logs[0]}/actions/push`;
};
