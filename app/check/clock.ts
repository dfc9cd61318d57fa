/** The offset of the machine's clock from a server's. @module */
import { MAX_CLOCK_SKEW_MS } from "../../oci/signature.ts";

/**
 * The machine's clock minus the server's, in ms, as a response's Date header tells it.
 * @returns undefined when the server does not respond or sends no date
 */
export const measureSkewMs = async (url: string, signal: AbortSignal): Promise<number | undefined> => {
  try {
    const response = await fetch(url, {
      method: "HEAD",
      signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]),
    });
    const server = Date.parse(response.headers.get("date") ?? "");
    return Number.isNaN(server) ? undefined : Date.now() - server;
  } catch {
    return undefined;
  }
};

/** True when OCI refuses signatures made with such a clock (over 5 minutes off). */
export const isSkewed = (skewMs: number | undefined): boolean =>
  skewMs !== undefined && Math.abs(skewMs) > MAX_CLOCK_SKEW_MS;
