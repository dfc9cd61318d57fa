/** Searches in logs: the sources of a query, and as many stages of Logging's query language as tests ask for. @module */
import type { LogSearchClient, models } from "oci-loggingsearch";
import { z } from "zod";
import { invalidParameter, notFound } from "../errors.ts";
import { paginate } from "../list.ts";
import type { Handlers } from "../sdk.ts";
import type { Call, Service, Target } from "../service.ts";
import type { LogEntry } from "../state/models.ts";
import { logTarget } from "./logging/index.ts";
import { details, readBody } from "./support/body.ts";
import { compartmentTarget, isAlive, listOf, type Owned } from "./support/resources.ts";

const time = z.iso.datetime({ offset: true });
const searchDetails = details<models.SearchLogsDetails>()({
  timeStart: time,
  timeEnd: time,
  searchQuery: z.string().min(1),
  isReturnFieldInfo: z.boolean().optional(),
});

/** One entry that a search finds, in its log. */
interface FoundLine {
  entry: LogEntry;
  log: Owned<"log">;
}

/** A query, taken apart: the log streams (`compartment/group/log`) and the stages after them. */
const parseQuery = (text: string): { streams: string[]; stages: string[] } => {
  const [first = "", ...stages] = text.split("|").map((part) => part.trim());
  const [, list] = /^search\s+("[^"]+"(?:\s*,?\s*"[^"]+")*)$/i.exec(first) ?? [];
  if (list === undefined)
    throw invalidParameter('searchQuery: must begin with search "compartment/group/log"');
  return { streams: [...list.matchAll(/"([^"]+)"/g)].map((m) => m[1]!), stages };
};

/** The logs of one stream: group and log are named by OCID or name, and may be left out. */
const logsOf = (call: Call, stream: string): Owned<"log">[] => {
  const [compartment, group, log] = stream.split("/");
  const is = (of: Owned, name: string | undefined): boolean =>
    name === undefined || of.id === name || of.model.displayName === name;
  const groups = listOf(call, "loggroup").filter(
    (g) => g.model.compartmentId === compartment && is(g, group) && isAlive(g),
  );
  const logs = listOf(call, "log").filter(
    (l) => groups.some((g) => g.id === l.model.logGroupId) && is(l, log) && isAlive(l),
  );
  if (group !== undefined && (groups.length === 0 || (log !== undefined && logs.length === 0)))
    throw notFound();
  return logs;
};

/** What a query reads: each log, or the compartment where none is in it. */
const targetsOf = (call: Call, stream: string): Target[] => {
  const logs = logsOf(call, stream);
  return logs.length > 0
    ? logs.map((log) => logTarget(call, log))
    : [compartmentTarget(call, stream.split("/")[0])];
};

/** The stages that are imitated, by their form. */
const STAGES: readonly [RegExp, (found: FoundLine[], value: string | undefined) => FoundLine[]][] = [
  [
    /^sort by datetime(?: (asc|desc))?$/i,
    (found, order) => {
      const sorted = found.toSorted((a, b) => Date.parse(a.entry.time) - Date.parse(b.entry.time));
      return order?.toLowerCase() === "desc" ? sorted.reverse() : sorted;
    },
  ],
  [
    /^(?:where )?logContent = '\*([^'*]+)\*'$/i,
    (found, text) => found.filter(({ entry }) => entry.data.includes(text!)),
  ],
];

const runStage = (found: FoundLine[], stage: string): FoundLine[] => {
  for (const [form, run] of STAGES) {
    const match = form.exec(stage);
    if (match) return run(found, match[1]);
  }
  throw invalidParameter(`searchQuery: the stage ${stage.slice(0, 80)} is not imitated`);
};

/** An entry as searches show it. */
const shown = (call: Call, { entry, log }: FoundLine) => ({
  data: {
    datetime: Date.parse(entry.time),
    logContent: {
      id: entry.id,
      data: { message: entry.data },
      oracle: {
        compartmentid: log.model.compartmentId,
        loggroupid: log.model.logGroupId,
        logid: log.id,
        tenantid: call.cloud.tenancy.id,
      },
      source: entry.source,
      specversion: "1.0",
      ...(entry.subject !== undefined && { subject: entry.subject }),
      time: entry.time,
      type: entry.type,
    },
  },
});

/** The handlers of log searches. */
export const loggingsearch: Service = {
  name: "loggingsearch",
  handlers: {
    SearchLogs: {
      target: (call) =>
        parseQuery(readBody(call, searchDetails).searchQuery).streams.flatMap((stream) =>
          targetsOf(call, stream),
        ),
      run: (call) => {
        const { timeStart, timeEnd, searchQuery } = readBody(call, searchDetails);
        const [from, to] = [Date.parse(timeStart), Date.parse(timeEnd)];
        if (to < from) throw invalidParameter("timeEnd: must not be before timeStart");
        const { streams, stages } = parseQuery(searchQuery);
        const logs = new Set(streams.flatMap((stream) => logsOf(call, stream)));
        const all = [...logs].flatMap((log): FoundLine[] =>
          log.hidden.entries
            .filter((entry) => Date.parse(entry.time) >= from && Date.parse(entry.time) <= to)
            .map((entry) => ({ entry, log })),
        );
        const found = stages.reduce(runStage, all);
        const { items, nextPage } = paginate(call, found, ({ log, entry }) => `${log.id} ${entry.id}`);
        return {
          body: {
            results: items.map((item) => shown(call, item)),
            summary: { resultCount: items.length, fieldCount: 0 },
          },
          headers: { ...(nextPage !== undefined && { "opc-next-page": nextPage }) },
        };
      },
    },
  } satisfies Handlers<LogSearchClient>,
};
