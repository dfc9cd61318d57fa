/** The Audit service: every request that this local OCI was sent, allowed or refused, as an event. @module */

import type { AuditClient, models } from "oci-audit";
import type { Audited } from "../cloud.ts";
import { invalidParameter, missingParameter } from "../errors.ts";
import type { Handlers } from "../sdk.ts";
import type { Call, Service } from "../service.ts";
import type { AuditEntry } from "../state/audit-log.ts";
import { uniquePart } from "../state/ocids.ts";
import type { State } from "../state/state.ts";
import { absent, type Wire } from "../state/wire.ts";
import { compartmentTarget } from "./support/resources.ts";

/** Number of events in a page. SDK documentation names no limit; ListEvents takes none. Unverified. */
const PAGE_SIZE = 100;

/** Sources as docs.oracle.com "Contents of an Audit Log Event" and the lists of event types show them. */
const SOURCES: Readonly<Record<string, string>> = {
  core: "ComputeApi",
  identity: "identityControlPlane",
  keymanagement: "KeyManagementService",
  vault: "VaultSecretAPI",
};

/** A time of the query, to the minute. @throws 400 naming the parameter */
const minute = (call: Call<"startTime" | "endTime">, name: "startTime" | "endTime"): number => {
  const text = call.query.get(name);
  if (!text) throw missingParameter(name);
  // The TypeScript SDK writes hours below ten with one digit: `2026-01-31T9:00:00Z`.
  const padded = text.replace(/T(?=\d:)/, "T0");
  const ms = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(padded) ? Date.parse(padded) : Number.NaN;
  if (Number.isNaN(ms)) throw invalidParameter(`${name}: '${text.slice(0, 40)}' is not an RFC 3339 time`);
  // SDK documentation: "Seconds (and milliseconds, if included) must be set to 0."
  if (ms % 60_000) throw invalidParameter(`${name}: seconds and milliseconds must be 0`);
  return ms;
};

const identityOf = (call: Call, { caller, userAgent }: AuditEntry): Wire<models.Identity> => {
  const { store, tenancy } = call.cloud;
  const { model } = (caller && caller.type !== "anonymous" && store.get(caller.id)) || {};
  return {
    principalName: model?.name ?? model?.displayName ?? absent,
    principalId: caller && caller.type !== "anonymous" ? caller.id : absent,
    authType: caller?.type === "user" ? "natv" : caller?.type === "instance" ? "instance" : absent,
    callerName: absent,
    callerId: absent,
    tenantId: tenancy.id,
    ipAddress: "127.0.0.1",
    credentials: absent,
    userAgent: userAgent ?? absent,
    consoleSessionId: absent,
  };
};

const eventOf = (call: Call, entry: AuditEntry): Wire<models.AuditEvent> => {
  const { store, clock } = call.cloud;
  const source = SOURCES[entry.service ?? ""] ?? entry.service ?? "unknown";
  const compartment = entry.compartment ?? call.cloud.tenancy.id;
  const { resource } = entry;
  const time = clock.iso(entry.timeMs);
  return {
    eventType: `com.oraclecloud.${source}.${entry.operation ?? "Unknown"}`,
    cloudEventsVersion: "0.1",
    eventTypeVersion: "2.0",
    source,
    eventId: uniquePart(entry.requestId).slice(8, 40),
    eventTime: time,
    contentType: "application/json",
    data: {
      eventGroupingId: entry.requestId,
      eventName: entry.operation ?? absent,
      compartmentId: compartment,
      compartmentName: store.get(compartment)?.model.name ?? absent,
      resourceName: resource?.name ?? absent,
      resourceId: resource?.id ?? absent,
      availabilityDomain: resource?.availabilityDomain ?? absent,
      freeformTags: resource?.freeformTags ?? {},
      definedTags: resource?.definedTags ?? {},
      identity: identityOf(call, entry),
      request: {
        id: entry.requestId,
        path: entry.path,
        action: entry.method,
        parameters: {},
        headers: {},
      },
      response: {
        status: `${entry.status}`,
        responseTime: time,
        headers: {},
        payload: {},
        message: entry.message ?? absent,
      },
      stateChange: { previous: {}, current: {} },
      additionalDetails: resource?.details ?? {},
    },
  };
};

const offsetOf = (token: string | null): number => {
  if (!token) return 0;
  const offset = /^events:(\d{1,9})$/.exec(Buffer.from(token, "base64url").toString("latin1"))?.[1];
  if (!offset) throw invalidParameter("page is not a token that this service gave out");
  return Number(offset);
};

const handlers = {
  ListEvents: {
    target: (call) => {
      const id = call.query.get("compartmentId");
      if (!id) throw missingParameter("compartmentId");
      return compartmentTarget(call, id);
    },
    run: (call) => {
      const { audit: log, tenancy } = call.cloud;
      const compartment = call.query.get("compartmentId");
      const from = minute(call, "startTime");
      const until = minute(call, "endTime");
      if (until <= from) throw invalidParameter("endTime must be after startTime");
      const found = log.entries().filter(
        (entry) =>
          entry.region === call.region.id &&
          // A request that was about no compartment is an event of the root.
          (entry.compartment ?? tenancy.id) === compartment &&
          entry.timeMs >= from &&
          entry.timeMs < until,
      );
      const offset = offsetOf(call.query.get("page"));
      const end = offset + PAGE_SIZE;
      const next = Buffer.from(`events:${end}`).toString("base64url");
      return {
        body: found.slice(offset, end).map((entry) => eventOf(call, entry)),
        ...(end < found.length && { headers: { "opc-next-page": next } }),
      };
    },
  },
} satisfies Handlers<AuditClient, State & Audited>;

/** The Audit service. */
export const audit: Service = { name: "audit", handlers };
