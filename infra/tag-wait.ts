/** The wait between a tag key's creation and its first use. @module */
import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";

/**
 * Remaining wait of a new tag key before its first use, in ms. OCI says nowhere when its services know of
 * one: identity shows it ACTIVE at once. For some seconds more LaunchInstance responds with
 * `400 InvalidParameter: Invalid tags`, which the provider does not try again.
 * @param timeCreated RFC 3339, or as the provider writes it: `2026-01-31 12:00:00.5 +0000 UTC`
 * @param waitMs from the creation on; a key that is older does not wait
 */
export const remainingMs = (timeCreated: string, nowMs: number, waitMs: number): number => {
  const createdMs = Date.parse(timeCreated.replace(/^(\S+) (\S+) \+0000 UTC$/, "$1T$2Z"));
  // Clocks differ: never longer than the whole wait.
  return Number.isNaN(createdMs) ? waitMs : Math.min(waitMs, Math.max(0, createdMs + waitMs - nowMs));
};

/** Resolves when a tag key can be used; at once for one of an earlier deployment. */
export const untilUsable = async (timeCreated: string, waitS: number): Promise<void> => {
  const ms = remainingMs(timeCreated, Date.now(), waitS * 1000);
  if (ms === 0) return;
  await pulumi.log.info(`waiting ${Math.ceil(ms / 1000)} s until OCI's services know the new tag key`);
  await sleep(ms);
};
