/** A request on its way from authorisation to the service. @module */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { EarlyDecision } from "../../../document/rules/evaluate.ts";
import type { QueryParameter } from "../../../document/rules/query.ts";
import type { SplitTarget } from "../../../document/rules/target.ts";
import type { OperationMatch } from "../../../oci/operations/index.ts";
import type { Session } from "../../instance-principal/index.ts";
import type { AgentRoute } from "../agents/form.ts";
import type { CallerHeaders } from "../listen/headers.ts";
import type { AuditLine } from "../observe/audit.ts";

/** A request that path and query do not forbid. */
export interface Authorised {
  request: IncomingMessage;
  /** The caller's connection; `request` loses it when its body was streamed. */
  socket: Socket;
  response: ServerResponse;
  headers: CallerHeaders;
  /** Names and values of the caller's headers that the operation takes, alternating. */
  taken: readonly string[];
  client: string;
  target: SplitTarget;
  match: OperationMatch;
  query: readonly QueryParameter[];
  decision: Exclude<EarlyDecision, { allowed: false }>;
  session: Session;
  line: AuditLine;
  expectsContinue: boolean;
  /** What is sent in the place of an agent's request, whose own body and headers end here; undefined for every other. */
  agent: AgentRoute | undefined;
}
