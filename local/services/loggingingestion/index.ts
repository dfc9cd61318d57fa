/** Log entries that clients push into custom logs. @module */
import type { LoggingClient, models } from "oci-loggingingestion";
import { z } from "zod";
import { incorrectState, invalidParameter } from "../../errors.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call, Service } from "../../service.ts";
import type { LogEntry } from "../../state/models.ts";
import { logTarget } from "../logging/index.ts";
import { details, readBody } from "../support/body.ts";
import { find } from "../support/resources.ts";

const time = z.iso.datetime({ offset: true });

const putLogs = details<models.PutLogsDetails>()({
  specversion: z.string(),
  logEntryBatches: z
    .array(
      z.object({
        source: z.string().min(1),
        type: z.string().min(1),
        subject: z.string().optional(),
        defaultlogentrytime: time,
        entries: z
          .array(z.object({ id: z.string().min(1), data: z.string(), time: time.optional() }))
          .min(1)
          .max(10_000),
      }),
    )
    .min(1),
});

/** Entries kept of one log: the newest ones, so that memory stays bounded. */
const KEPT_ENTRIES = 10_000;

const one = (call: Call<"logId">) => find(call, "log", call.params["logId"]);

/** The handlers of log ingestion. */
export const loggingingestion: Service = {
  name: "loggingingestion",
  handlers: {
    PutLogs: {
      target: (call) => logTarget(call, one(call)),
      run: (call) => {
        const of = one(call);
        const body = readBody(call, putLogs);
        if (of.model.logType !== "CUSTOM") throw invalidParameter(`The log ${of.id} is not a custom log`);
        if (of.model.lifecycleState !== "ACTIVE") throw incorrectState(`The log ${of.id} is not active`);
        const added = body.logEntryBatches.flatMap(
          ({ entries, source, type, subject, defaultlogentrytime }) =>
            entries.map(
              (entry): LogEntry => ({
                id: entry.id,
                data: entry.data,
                time: entry.time ?? defaultlogentrytime,
                source,
                type,
                ...(subject !== undefined && { subject }),
              }),
            ),
        );
        of.hidden.entries = [...of.hidden.entries, ...added].slice(-KEPT_ENTRIES);
        return { status: 200 };
      },
    },
  } satisfies Handlers<LoggingClient>,
};
