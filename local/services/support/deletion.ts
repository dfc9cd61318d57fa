/** Deletion that is scheduled some days ahead and can be cancelled until then: vaults, keys, secrets. @module */
import { z } from "zod";
import { invalidParameter } from "../../errors.ts";
import type { Call } from "../../service.ts";
import type { StateOf } from "../../state/models.ts";
import { readBody } from "./body.ts";
import { type Owned, requireState, transitionTo } from "./resources.ts";

const DAY_MS = 86_400_000;
/** Slack for a time that a client computed before it sent it. */
const SLACK_MS = 60_000;

/** Limits of a deletion's date, in days from now. */
export interface DeletionRules {
  minDays: number;
  maxDays: number;
}

/** Types whose deletion is scheduled. */
type Scheduled = "vault" | "key" | "vaultsecret";

const body = z.object({ timeOfDeletion: z.iso.datetime({ offset: true }).optional() });

/**
 * The time that a request asks to delete at, in ms; the latest there is when it names none.
 * @throws 400 InvalidParameter outside the range. Text unverified.
 */
export const deletionTime = (call: Call, { minDays, maxDays }: DeletionRules): number => {
  const now = call.cloud.clock.now();
  const asked = call.body.length ? readBody(call, body).timeOfDeletion : undefined;
  if (!asked) return now + maxDays * DAY_MS;
  const at = Date.parse(asked);
  if (at < now + minDays * DAY_MS - SLACK_MS || at > now + maxDays * DAY_MS + SLACK_MS)
    throw invalidParameter(
      `timeOfDeletion: must be at least ${minDays} and at most ${maxDays} days from now, not ${asked}`,
    );
  return at;
};

/** Schedules a deletion: SCHEDULING_DELETION, PENDING_DELETION, at its time DELETED. */
export const scheduleDeletion = (
  call: Call,
  resource: Owned<Scheduled>,
  at: number,
  deleted?: () => void,
): void => {
  const { cloud } = call;
  resource.model.lifecycleState = "SCHEDULING_DELETION";
  resource.model.timeOfDeletion = cloud.clock.iso(at);
  resource.transitions = [
    transitionTo("PENDING_DELETION", cloud.clock.now() + cloud.settings.transitionMs),
    transitionTo("DELETED", at, deleted),
  ];
  cloud.store.touch(resource);
};

/** Cancels a scheduled deletion: CANCELLING_DELETION, then the state that it had. Throws 409 when none is scheduled. */
export const cancelDeletion = (call: Call, resource: Owned<Scheduled>, back: StateOf<Scheduled>): void => {
  const { cloud } = call;
  requireState(resource, "PENDING_DELETION");
  resource.model.lifecycleState = "CANCELLING_DELETION";
  delete resource.model.timeOfDeletion;
  resource.transitions = [transitionTo(back, cloud.clock.now() + cloud.settings.transitionMs)];
  cloud.store.touch(resource);
};
