/** The line of the instance's updater on the serial console (`infra/boot/update.sh`). @module */
import { z } from "zod";
import { readLines } from "./console-line.ts";

const updateSchema = z.object({
  version: z.literal(1),
  ok: z.boolean(),
  /** The problem in one sentence. */
  says: z.string().optional(),
  /** Packages that were updated, each with its new version: `nodejs 20.19.3+dfsg-1`. */
  updated: z.array(z.string()),
  /** True when the app was started anew, since something it runs on was updated. */
  restarted: z.boolean(),
  boot: z.string(),
  /** RFC 3339, by the machine's clock. */
  time: z.string(),
});

/** One run of the updater. */
export type Update = z.infer<typeof updateSchema>;

/**
 * Reads all that an instance's updater has said on a serial console, oldest first; lines of other schemas are left
 * out.
 */
export const readUpdates = (console: string): Update[] =>
  readLines(console, ["KEYLESS-UPDATE"]).flatMap(({ value }) => {
    const { data } = updateSchema.safeParse(value);
    return data ? [data] : [];
  });
