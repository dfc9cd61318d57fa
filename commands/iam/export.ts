/** `iam -- export`: a live tenancy as JSON. @module */
import { redactTenancy } from "../../iam/index.ts";
import { LIVE_LISTS, liveStatement } from "../shared/live/lists.ts";
import type { Refusal } from "../shared/live/reader.ts";
import { type LiveTenancy, readLiveTenancy } from "../shared/live/tenancy.ts";
import { clientWith, readOciConfig } from "../shared/oci-config.ts";
import { jsonLines } from "./json-lines.ts";

/** Flags of the command. */
export interface ExportFlags {
  profile?: string | undefined;
  compartment?: string | undefined;
  regions?: readonly string[] | undefined;
  denyEnabled?: boolean | undefined;
  partial?: boolean | undefined;
  redact?: boolean | undefined;
}

/** Some lists were refused: nothing is written. */
class ExportRefused extends Error {
  override name = "ExportRefused";
}

/** Places that a line names one by one. */
const MOST_NAMED = 3;

const someOf = (places: readonly string[]): string => {
  const rest = places.length - MOST_NAMED;
  return rest > 0 ? `${places.slice(0, MOST_NAMED).join(", ")} and ${rest} more` : places.join(", ");
};

/** A line for each kind of list that was refused: of what, how, and the statements that would allow it. */
const refusalLines = (refusals: readonly Refusal[]): string[] =>
  Object.values(LIVE_LISTS).flatMap((list) => {
    const found = refusals.filter((r) => r.list === list);
    const [first] = found;
    if (!first) return [];
    const { status, code } = first.error;
    const places = someOf([...new Set(found.map((r) => r.of))]);
    const needed = list.needs.map((needs) => `"${liveStatement(needs, "YOURS")}"`).join(" and ");
    return [`${list.what} of ${places} (${list.operation}: ${status} ${code}); needed: ${needed}`];
  });

/**
 * Reads the tenancy that the credentials are of, and prints it when all of it has been read.
 * @param print takes one line
 * @param say takes a line for people about what goes on
 * @returns 0, also with notes
 * @throws ExportRefused naming every list that was refused, unless `partial`; CallError; ConfigError; UsageError
 */
export const exportTenancy = async (
  flags: ExportFlags,
  print: (line: string) => void,
  say: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> => {
  const config = await readOciConfig(env, flags.profile);
  const { client, close } = clientWith(config, env);
  try {
    const { tenancy, refusals } = await readLiveTenancy(client, {
      tenancyId: config.tenancyId,
      region: config.region,
      compartment: flags.compartment,
      regions: flags.regions,
      denyEnabled: flags.denyEnabled,
      onProgress: (line) => say(`read ${line}`),
    });
    const lines = refusalLines(refusals);
    if (lines.length > 0 && !flags.partial)
      throw new ExportRefused(
        `nothing was written, because these lists were refused (--partial writes the others, with notes):\n${lines.map((line) => `  ${line}`).join("\n")}`,
      );
    for (const line of lines) say(`not read: ${line}`);
    const notes = [...tenancy.notes, ...lines.map((line) => `not read: ${line}`)];
    const whole: LiveTenancy = { ...tenancy, notes };
    for (const line of jsonLines(flags.redact ? redactTenancy(whole) : whole)) print(line);
    return 0;
  } finally {
    await close();
  }
};
