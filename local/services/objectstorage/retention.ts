/** Retention rules: a bucket's objects cannot be overwritten or deleted while a rule covers them. @module */
import { randomUUID } from "node:crypto";
import type { models, ObjectStorageClient } from "oci-objectstorage";
import { z } from "zod";
import { incorrectState, invalidParameter, limitExceeded, notFound } from "../../errors.ts";
import { paginate } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call } from "../../service.ts";
import type { Wire } from "../../state/wire.ts";
import { details, readBody, setMembers } from "../support/body.ts";
import { type BucketCall, bucketOf, bucketTarget } from "./targets.ts";

type RetentionRule = Wire<models.RetentionRule>;

const ruleDetails = details<models.CreateRetentionRuleDetails & models.UpdateRetentionRuleDetails>()({
  displayName: z.string().min(1).max(255).optional(),
  duration: z.object({ timeAmount: z.number().int().min(1), timeUnit: z.enum(["YEARS", "DAYS"]) }).optional(),
  timeRuleLocked: z.iso.datetime({ offset: true }).optional(),
});

/** Most rules of one bucket (docs: "Using Retention Rules"). */
const MAX_RULES = 100;
/** Time from the request of a lock to its effect, at least 14 days (docs: CreateRetentionRuleDetails). */
const LOCK_DELAY_MS = 14 * 86_400_000;

const one = (call: BucketCall<"retentionRuleId">): RetentionRule => {
  const rule = bucketOf(call).hidden.rules.get(call.params["retentionRuleId"] ?? "");
  if (!rule) throw notFound();
  return rule;
};

const ofBucket = { target: (call: BucketCall) => bucketTarget(call) };

const isLocked = (call: Call, rule: RetentionRule): boolean =>
  rule.timeRuleLocked !== undefined && Date.parse(rule.timeRuleLocked) <= call.cloud.clock.now();

const checkLock = (call: Call, text: string | undefined): void => {
  if (text && Date.parse(text) < call.cloud.clock.now() + LOCK_DELAY_MS - 60_000)
    throw invalidParameter("timeRuleLocked: must be at least 14 days from now");
};

/** The handlers of retention rules. */
export const retentionRules = {
  CreateRetentionRule: {
    ...ofBucket,
    run: (call) => {
      const bucket = bucketOf(call);
      const body = readBody(call, ruleDetails);
      checkLock(call, body.timeRuleLocked);
      if (bucket.model.versioning === "Enabled")
        throw incorrectState("A bucket with versioning enabled cannot have retention rules");
      if (bucket.hidden.rules.size >= MAX_RULES)
        throw limitExceeded(`A bucket has at most ${MAX_RULES} retention rules`);
      const now = call.cloud.clock.iso();
      const rule: RetentionRule = {
        id: randomUUID(),
        displayName: body.displayName ?? `retention-rule-${bucket.hidden.rules.size + 1}`,
        ...(body.duration && { duration: body.duration }),
        ...(body.timeRuleLocked && { timeRuleLocked: body.timeRuleLocked }),
        etag: randomUUID(),
        timeCreated: now,
        timeModified: now,
      };
      bucket.hidden.rules.set(rule.id, rule);
      return { body: rule, headers: { etag: rule.etag } };
    },
  },
  GetRetentionRule: { ...ofBucket, run: (call) => ({ body: one(call), headers: { etag: one(call).etag } }) },
  ListRetentionRules: {
    ...ofBucket,
    run: (call) => {
      const { items, nextPage } = paginate(call, [...bucketOf(call).hidden.rules.values()], (r) => r.id);
      return { body: { items }, ...(nextPage && { headers: { "opc-next-page": nextPage } }) };
    },
  },
  UpdateRetentionRule: {
    ...ofBucket,
    run: (call) => {
      const rule = one(call);
      const body = readBody(call, ruleDetails);
      checkLock(call, body.timeRuleLocked);
      if (isLocked(call, rule)) throw incorrectState(`The retention rule ${rule.id} is locked`);
      setMembers(rule, { ...body, etag: randomUUID(), timeModified: call.cloud.clock.iso() });
      return { body: rule, headers: { etag: rule.etag } };
    },
  },
  DeleteRetentionRule: {
    ...ofBucket,
    run: (call) => {
      const rule = one(call);
      if (isLocked(call, rule)) throw incorrectState(`The retention rule ${rule.id} is locked`);
      bucketOf(call).hidden.rules.delete(rule.id);
      return { status: 204 };
    },
  },
} satisfies Handlers<ObjectStorageClient>;
