/** JSON lines of log agents: `POST /logs` or `/logs/<log OCID>` becomes PutLogs. @module */
import type { AgentForm } from "../agents/form.ts";
import { putLogsTarget } from "../agents/granted.ts";
import { ProxyError } from "../errors.ts";

const PATH = /^\/logs(?:\/([A-Za-z0-9._-]{1,255}))?$/;

export const jsonLines: AgentForm = {
  route({ client, method, url, policy }) {
    const path = PATH.exec(url);
    if (method !== "POST" || !path) {
      throw new ProxyError(
        "BadTarget",
        "log agents write POST /logs/<log OCID> or POST /logs, with no query",
      );
    }
    return {
      target: putLogsTarget(client, policy, path[1], "POST /logs/<log OCID>"),
      encodings: ["", "gzip"],
      load: async () => (await import("./put-logs.ts")).translateJsonLines,
    };
  },
};
