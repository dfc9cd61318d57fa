/**
 * The state of a local OCI that all its services share. One value, nothing global.
 * @module
 */
import type { Clock } from "./clock.ts";
import type { Region } from "./region.ts";
import type { LocalSettings } from "./settings.ts";
import type { Store } from "./store.ts";

/**
 * The state that every service works on, and no more: machines, listeners and the audit log are not every
 * service's.
 */
export interface State {
  settings: LocalSettings;
  clock: Clock;
  store: Store;
  /** Home region first. */
  regions: readonly [Region, ...Region[]];
  realm: { key: string; domain: string };
  tenancy: { id: string; name: string; namespace: string };
}
