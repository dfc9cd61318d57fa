/** The wait between a tag key's creation and its first use. @module */
import { setTimeout as sleep } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { remainingMs } from "./remaining.ts";

/**
 * Resolves when a tag key can be used; at once for one of an earlier deployment. OCI says nowhere when its services
 * know of one: identity shows it ACTIVE at once. For some seconds more LaunchInstance responds with
 * `400 InvalidParameter: Invalid tags`, which the provider does not try again.
 */
export const untilUsable = async (timeCreated: string, waitS: number): Promise<void> => {
  const ms = remainingMs(timeCreated, Date.now(), waitS * 1000);
  if (ms === 0) return;
  await pulumi.log.info(`waiting ${Math.ceil(ms / 1000)} s until OCI's services know the new tag key`);
  await sleep(ms);
};
