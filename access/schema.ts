/**
 * The declaration of access, `keyless:access`: its form.
 * @module
 */
import { z } from "zod";

export const severitySchema = z.enum(["error", "warning", "info", "off"]);
export const severitiesSchema = z.record(z.string(), severitySchema);
export type Severity = z.infer<typeof severitySchema>;

export const accessSchema = z.strictObject({
  /** For the app itself, beside its own secret. */
  instance: z.array(z.never()).default([]),
  /** Third-party software behind the proxy, by name. */
  clients: z.record(z.string(), z.array(z.never())).default({}),
});
export type Access = z.output<typeof accessSchema>;
