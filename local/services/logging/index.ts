/** Log groups and logs: the `logging` service. @module */
import type { LoggingManagementClient, models } from "oci-logging";
import { z } from "zod";
import { conflict, incorrectState, invalidParameter, missingParameter, notFound } from "../../errors.ts";
import { etagOf } from "../../etag.ts";
import { listReply } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call, Service, Target } from "../../service.ts";
import type { LogEntry, Model, ModelOf, Models, WorkItem } from "../../state/models.ts";
import type { State } from "../../state/state.ts";
import { details, displayName, readBody, tagMembers, unchecked } from "../support/body.ts";
import {
  compartmentTarget,
  find,
  isAlive,
  listOf,
  type Owned,
  responseOf,
  starting,
  targetOf,
} from "../support/resources.ts";
import { checkDefinedTags, tagMembersOf } from "../support/tags.ts";
import { accepted, startWork, workRequestHandlers } from "../support/work-requests.ts";

const common = { displayName: displayName.optional(), ...tagMembers };
const createGroup = details<models.CreateLogGroupDetails>()({
  ...common,
  displayName,
  compartmentId: z.string(),
  description: z.string().max(400).optional(),
});
const updateGroup = details<models.UpdateLogGroupDetails>()({
  ...common,
  description: z.string().max(400).optional(),
});
const retentionDuration = z
  .number()
  .int()
  .min(30)
  .max(180)
  .refine((days) => days % 30 === 0, "is a number of days in steps of 30")
  .optional();
const configuration = z.looseObject({
  compartmentId: z.string().optional(),
  source: z.looseObject({
    sourceType: z.string(),
    service: z.string(),
    resource: z.string(),
    category: z.string(),
  }),
});
const createLog = details<models.CreateLogDetails>()({
  ...common,
  displayName,
  logType: z.enum(["CUSTOM", "SERVICE"]),
  isEnabled: z.boolean().optional(),
  retentionDuration,
  configuration: configuration.optional(),
});
const updateLog = details<models.UpdateLogDetails>()({
  ...common,
  isEnabled: z.boolean().optional(),
  retentionDuration,
  configuration: z
    .object({
      source: z.object({ parameters: z.record(z.string(), z.string()).optional() }),
      archiving: unchecked<models.Archiving>().optional(),
    })
    .optional(),
});
const move = details<models.ChangeLogGroupCompartmentDetails>()({ compartmentId: z.string() });
const changeGroup = details<models.ChangeLogLogGroupDetails>()({ targetLogGroupId: z.string().optional() });

const group = (call: Call<"logGroupId">) => find(call, "loggroup", call.params["logGroupId"]);
const log = (call: Call<"logGroupId" | "logId">): Owned<"log"> => {
  const found = find(call, "log", call.params["logId"]);
  if (found.model.logGroupId !== group(call).id) throw notFound();
  return found;
};

/** A log as target: the group's OCID is the variable that policies have for both. */
export const logTarget = (call: Call, of: Owned<"log">): Target =>
  targetOf(call, of, { variables: { "target.loggroup.id": of.model.logGroupId } });

const work = (
  call: Call,
  operationType: ModelOf<"logworkrequest">["operationType"],
  of: Owned,
  entityType: string,
  actionType: WorkItem["actionType"],
) =>
  startWork(call, "logworkrequest", operationType, of.model.compartmentId, [
    { entityType, actionType, identifier: of.id },
  ]);

/**
 * The configuration after an update, which has only the source's parameters and the archiving (SDK
 * documentation: UpdateConfigurationDetails): what the log is about stays.
 * @throws 400 for a custom log, which has none
 */
const configured = (
  { configuration }: ModelOf<"log">,
  { source: { parameters }, archiving }: NonNullable<z.output<typeof updateLog>["configuration"]>,
): NonNullable<ModelOf<"log">["configuration"]> => {
  if (!configuration) throw invalidParameter("configuration: a custom log has none");
  return {
    ...configuration,
    source: { ...configuration.source, ...(parameters && { parameters }) },
    ...(archiving && { archiving }),
  };
};

/** Throws 409 when a sibling has the name. Text unverified. */
const refuseTaken = (siblings: readonly Owned[], name: string | undefined, self?: Owned): void => {
  if (name !== undefined && siblings.some((s) => s !== self && isAlive(s) && s.model.displayName === name))
    throw conflict("Conflict", `displayName: ${name} is already in use`);
};

const groupsIn = (call: Call, compartment: string): Owned<"loggroup">[] =>
  listOf(call, "loggroup").filter((g) => g.model.compartmentId === compartment);
const logsIn = (call: Call, of: Owned<"loggroup">): Owned<"log">[] =>
  listOf(call, "log").filter((l) => l.model.logGroupId === of.id);

const change = <K extends "loggroup" | "log">(
  call: Call,
  of: Owned<K>,
  body: { [M in keyof Models[K]]?: Models[K][M] | undefined } & Pick<Model, "definedTags">,
): void => {
  checkDefinedTags(call.cloud, body.definedTags);
  Object.assign(of.model, body, { timeLastModified: call.cloud.clock.iso() });
  call.cloud.store.touch(of);
};

const logGroups = {
  CreateLogGroup: {
    target: (call) => compartmentTarget(call, readBody(call, createGroup).compartmentId),
    run: (call) => {
      const { cloud } = call;
      const body = readBody(call, createGroup);
      checkDefinedTags(cloud, body.definedTags);
      refuseTaken(groupsIn(call, body.compartmentId), body.displayName);
      const id = cloud.store.newId("loggroup", call.region);
      const made = cloud.store.add({
        id,
        type: "loggroup",
        region: call.region,
        model: {
          id,
          ...body,
          ...tagMembersOf(body),
          lifecycleState: "CREATING",
          timeCreated: cloud.clock.iso(),
          timeLastModified: cloud.clock.iso(),
        },
        ...starting(cloud, "ACTIVE"),
      });
      return accepted(work(call, "CREATE_LOG_GROUP", made, "loggroup", "CREATED"));
    },
  },
  GetLogGroup: { target: (call) => targetOf(call, group(call)), run: (call) => responseOf(group(call)) },
  ListLogGroups: {
    target: (call) => compartmentTarget(call, call.query.get("compartmentId")),
    run: (call) =>
      listReply(
        call,
        listOf(call, "loggroup").map((g) => g.model),
        { filters: ["compartmentId", "displayName"] },
      ),
  },
  UpdateLogGroup: {
    target: (call) => targetOf(call, group(call)),
    run: (call) => {
      const of = group(call);
      const body = readBody(call, updateGroup);
      refuseTaken(groupsIn(call, of.model.compartmentId), body.displayName, of);
      change(call, of, body);
      return accepted(work(call, "UPDATE_LOG_GROUP", of, "loggroup", "UPDATED"), { etag: etagOf(of) });
    },
  },
  DeleteLogGroup: {
    target: (call) => targetOf(call, group(call)),
    run: (call) => {
      const of = group(call);
      if (logsIn(call, of).length) throw conflict("Conflict", `The log group ${of.id} still has logs`);
      call.cloud.store.remove(of.id);
      return { status: 204 };
    },
  },
  ChangeLogGroupCompartment: {
    target: (call) => [
      targetOf(call, group(call)),
      compartmentTarget(call, readBody(call, move).compartmentId),
    ],
    run: (call) => {
      const { compartmentId } = readBody(call, move);
      for (const of of [group(call), ...logsIn(call, group(call))]) change(call, of, { compartmentId });
      return accepted(work(call, "MOVE_LOG_GROUP", group(call), "loggroup", "RELATED"));
    },
  },
} satisfies Handlers<LoggingManagementClient>;

const logs = {
  CreateLog: {
    target: (call) => targetOf(call, group(call)),
    run: (call) => {
      const { cloud } = call;
      const body = readBody(call, createLog);
      checkDefinedTags(cloud, body.definedTags);
      if (body.logType === "SERVICE" && !body.configuration) throw missingParameter("configuration");
      if (body.logType === "CUSTOM" && body.configuration)
        throw invalidParameter("configuration: a custom log has none");
      const of = group(call);
      refuseTaken(logsIn(call, of), body.displayName);
      const id = cloud.store.newId("log", call.region);
      const made = cloud.store.add({
        id,
        type: "log",
        region: call.region,
        model: {
          id,
          tenancyId: cloud.tenancy.id,
          logGroupId: of.id,
          compartmentId: of.model.compartmentId,
          ...body,
          isEnabled: body.isEnabled ?? true,
          retentionDuration: body.retentionDuration ?? 30,
          ...tagMembersOf(body),
          lifecycleState: "CREATING",
          timeCreated: cloud.clock.iso(),
          timeLastModified: cloud.clock.iso(),
        },
        hidden: { entries: [] },
        ...starting(cloud, body.isEnabled === false ? "INACTIVE" : "ACTIVE"),
      });
      return accepted(work(call, "CREATE_LOG", made, "log", "CREATED"));
    },
  },
  GetLog: { target: (call) => logTarget(call, log(call)), run: (call) => responseOf(log(call)) },
  ListLogs: {
    target: (call) => targetOf(call, group(call)),
    run: (call) =>
      listReply(
        call,
        logsIn(call, group(call)).map((l) => l.model),
        { filters: ["displayName", "lifecycleState", "logType"] },
      ),
  },
  UpdateLog: {
    target: (call) => logTarget(call, log(call)),
    run: (call) => {
      const of = log(call);
      const { configuration, ...body } = readBody(call, updateLog);
      refuseTaken(logsIn(call, group(call)), body.displayName, of);
      if (of.model.lifecycleState === "DELETING") throw incorrectState(`The log ${of.id} is being deleted`);
      change(call, of, {
        ...body,
        ...(configuration && { configuration: configured(of.model, configuration) }),
      });
      if (body.isEnabled !== undefined) of.model.lifecycleState = body.isEnabled ? "ACTIVE" : "INACTIVE";
      return accepted(work(call, "UPDATE_LOG", of, "log", "UPDATED"), { etag: etagOf(of) });
    },
  },
  DeleteLog: {
    target: (call) => logTarget(call, log(call)),
    run: (call) => {
      const of = log(call);
      const id = work(call, "DELETE_LOG", of, "log", "DELETED");
      call.cloud.store.remove(of.id);
      return accepted(id);
    },
  },
  ChangeLogLogGroup: {
    target: (call) => {
      const to = readBody(call, changeGroup).targetLogGroupId;
      if (!to) throw missingParameter("targetLogGroupId");
      return [logTarget(call, log(call)), targetOf(call, find(call, "loggroup", to))];
    },
    run: (call) => {
      const to = find(call, "loggroup", readBody(call, changeGroup).targetLogGroupId);
      const of = log(call);
      refuseTaken(logsIn(call, to), of.model.displayName);
      change(call, of, { logGroupId: to.id, compartmentId: to.model.compartmentId });
      return accepted(work(call, "MOVE_LOG", of, "log", "RELATED"));
    },
  },
} satisfies Handlers<LoggingManagementClient>;

/**
 * The entries that PutLogs has stored in a log, oldest first; `contains` keeps the entries whose data has
 * that text.
 */
export const logEntries = (cloud: State, logId: string, contains = ""): LogEntry[] => {
  const found = cloud.store.get(logId, "log");
  return (found?.hidden.entries ?? []).filter((entry) => entry.data.includes(contains));
};

const workRequests = workRequestHandlers("logworkrequest", {
  filters: ["compartmentId", "status", "id"],
  sortBy: { timeaccepted: "timeAccepted", operationtype: "operationType", status: "status" },
}) satisfies Handlers<LoggingManagementClient>;

/** The handlers of log groups and logs. */
export const logging: Service = {
  name: "logging",
  handlers: { ...logGroups, ...logs, ...workRequests },
};
