/** Availability and fault domains of a region. @module */
import type { Region } from "./state/region.ts";

/** The two oldest regions are spelled in a way of their own. */
const SPELLING: Readonly<Record<string, string>> = { "us-ashburn-1": "US-ASHBURN", "us-phoenix-1": "PHX" };

/** Names of a region's three availability domains, as this tenancy sees them: `Uocm:US-ASHBURN-AD-1`. */
export const availabilityDomains = (region: Region): string[] => {
  const name = SPELLING[region.id] ?? region.id.toUpperCase();
  return [1, 2, 3].map((n) => `Uocm:${name}-AD-${n}`);
};

/** Names of the fault domains of any availability domain. */
export const faultDomains = ["FAULT-DOMAIN-1", "FAULT-DOMAIN-2", "FAULT-DOMAIN-3"] as const;
