/** What a proxy's metrics say of what is open and under way. @module */

/** Gauges of a proxy that has callers. */
export interface ProxyGauges {
  inFlight: number;
  connections: number;
  unauthenticated: number;
  bufferedBytes: number;
}

/** Reads them at the admin listener. */
export const gaugesOf = async (adminUrl: string): Promise<ProxyGauges> => {
  const text = await (await fetch(`${adminUrl}/metrics`)).text();
  const read = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  return {
    inFlight: read("keyless_proxy_requests_in_flight"),
    connections: read("keyless_proxy_connections"),
    unauthenticated: read("keyless_proxy_unauthenticated_connections"),
    bufferedBytes: read("keyless_proxy_buffered_bytes"),
  };
};
