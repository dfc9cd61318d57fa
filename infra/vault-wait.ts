/** The wait between a vault's creation and its first key. @module */
import { setTimeout as sleep } from "node:timers/promises";
import * as oci from "@pulumi/oci";
import * as pulumi from "@pulumi/pulumi";
import { remainingMs } from "./remaining.ts";

/** Longest wait after a vault's creation, in ms. Those who met it report minutes. */
const WAIT_MS = 15 * 60_000;
const LOOK_MS = 5_000;

/**
 * Failures to reach a host, in the words of the provider (Go) and of Node. OCI shows a new vault ACTIVE while its
 * host has no address yet, for minutes (terraform-provider-oci#1955): `dial tcp: lookup …: no such host`, which the
 * provider does not try again.
 */
const UNREACHED = /no such host|dial tcp|server misbehaving|i\/o timeout|ENOTFOUND|EAI_AGAIN|ECONNREFUSED/;

/** Effects of the wait; a test puts its own. */
export interface Waiting {
  nowMs: () => number;
  sleep: (ms: number) => Promise<unknown>;
  /** Says once that there is something to wait for. */
  tell: (message: string) => Promise<void>;
}

/**
 * Resolves when a vault's host is reached, or the time is over: then the key's creation says what is wrong, as it does
 * for every other failure.
 * @param ask a call of the vault's host
 * @param timeCreated the vault's
 */
export const untilReached = async (
  ask: () => Promise<unknown>,
  timeCreated: string,
  { nowMs, sleep, tell }: Waiting,
): Promise<void> => {
  const untilMs = nowMs() + remainingMs(timeCreated, nowMs(), WAIT_MS);
  for (let told = false; nowMs() < untilMs; told = true) {
    const failure = await ask().then(
      () => undefined,
      (error: unknown) => String(error),
    );
    if (failure === undefined || !UNREACHED.test(failure)) return;
    if (!told) await tell("waiting until the new vault's host has an address: that can take minutes");
    await sleep(LOOK_MS);
  }
};

/**
 * A new vault's management endpoint, known when keys can be made there. At once for one of an earlier deployment, and in
 * a preview, which makes none.
 */
export const reachedEndpoint = (
  vault: oci.kms.Vault,
  compartmentId: string,
  parent: pulumi.Resource,
): pulumi.Output<string> =>
  pulumi.runtime.isDryRun()
    ? vault.managementEndpoint
    : pulumi
        .all([vault.managementEndpoint, vault.timeCreated])
        .apply(async ([managementEndpoint, timeCreated]) => {
          const ask = () => oci.kms.getKeys({ compartmentId, managementEndpoint }, { parent });
          await untilReached(ask, timeCreated ?? "", {
            nowMs: Date.now,
            sleep,
            tell: (message) => pulumi.log.info(message),
          });
          return managementEndpoint;
        });
