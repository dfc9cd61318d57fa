/**
 * Authorisation of requests: one place in front of every handler. Permissions come from the table of
 * operations, the target from the handler, the decision from `iam/`.
 * @module
 */
import { type CompiledTenancy, compile, decide, LIMITS, type Principal } from "../../iam/core.ts";
import { operationsNamed } from "../../oci/operations/by-name.ts";
import { notFound } from "../errors.ts";
import type { Call, Caller, Target } from "../service.ts";
import { hasPropagated } from "../services/support/propagation.ts";
import type { State } from "../state/state.ts";
import { effectiveTenancy, tagsOfModel } from "./tenancy.ts";

/** The parts of a request that a decision needs. */
export type Asked = Pick<Call, "cloud" | "caller" | "region" | "operation"> & Partial<Pick<Call, "params">>;

/** Decides for one local OCI. */
export interface Authoriser {
  /** @throws ServiceError 404 unless every permission is granted on every target */
  authorise(call: Asked, targets: readonly Target[]): void;
  /** OCIDs of the dynamic groups that an instance is in, as far as they have taken effect: at most five. */
  groupsOf(instance: { id: string; compartment: string }): string[];
  /** Notes changes of policies and groups, so that they take effect their time later. */
  observe(): void;
}

type CallingInstance = Extract<Principal, { type: "instance" }>;

const instanceOf = (
  cloud: State,
  { id, compartment }: { id: string; compartment: string },
): CallingInstance => ({
  type: "instance",
  id,
  compartment,
  tags: tagsOfModel(cloud.store.get(id)?.model),
});

/**
 * The dynamic groups of an instance. It is in five at most (Oracle, "IAM Limits"); which of more count is not
 * documented: the oldest here, so that one more never takes effect.
 */
const membershipsOf = ({ dynamicGroups }: CompiledTenancy, instance: CallingInstance): string[] =>
  dynamicGroups
    .filter((group) => group.matches(instance))
    .slice(0, LIMITS.dynamicGroupsOfInstance)
    .map((group) => group.id);

/**
 * Pairs each target with the permissions that must be granted on it. None may be left out: those that no
 * target claims are the first's.
 */
const needs = (call: Asked, targets: readonly Target[]): { target: Target; permissions: string[] }[] => {
  const named = targets[0]?.operation;
  const permissions = named
    ? operationsNamed(named).find(({ service }) => service === call.operation.service)?.permissions
    : call.operation.permissions;
  if (!permissions) throw notFound();
  const cases = new Set(targets.flatMap((target) => target.when ?? []));
  const required = [...permissions.always, ...[...cases].flatMap((name) => permissions.when?.[name] ?? [])];
  // What depends on the request and nothing else cannot be decided where no target says which case it is.
  if (!required.length && permissions.when?.["depending on the request"]) throw notFound();
  const claimed = new Set(targets.flatMap((target) => target.permissions ?? required));
  return targets.map((target, at) => ({
    target,
    permissions: [
      ...(target.permissions ?? required),
      ...(at === 0 ? required.filter((permission) => !claimed.has(permission)) : []),
    ],
  }));
};

/**
 * Operations that every user may do with its own credentials, without a policy.
 * docs.oracle.com "Managing User Credentials": users manage their own API signing keys, auth tokens, customer
 * secret keys and SMTP credentials.
 */
const OWN_CREDENTIALS =
  /^(?:(?:Upload|List|Delete)ApiKeys?|(?:Create|List|Update|Delete)(?:AuthToken|CustomerSecretKey|SmtpCredential)s?)$/;

const isOwn = ({ caller, operation, params }: Asked): boolean =>
  caller.type === "user" &&
  operation.service === "identity" &&
  OWN_CREDENTIALS.test(operation.name) &&
  params?.["userId"] === caller.id;

/**
 * True when a service knows a target's compartment. Identity, where it was made, does at once; the others
 * respond 404 until it has reached them, whatever the policies say.
 */
const isKnown = ({ cloud, operation }: Asked, { compartment }: Target): boolean => {
  const resource = cloud.store.get(compartment);
  return operation.service === "identity" || !resource || hasPropagated(cloud, resource);
};

/** The authoriser of a local OCI: compiles the tenancy again only when something it depends on has changed. */
export const authoriser = (cloud: State): Authoriser => {
  const effective = effectiveTenancy(cloud);
  let compiled: { of: ReturnType<typeof effective.current>; value: CompiledTenancy } | undefined;
  const current = (): CompiledTenancy => {
    const tenancy = effective.current();
    if (compiled?.of !== tenancy) compiled = { of: tenancy, value: compile(tenancy) };
    return compiled.value;
  };
  const principalOf = (caller: Caller): Principal => {
    if (caller.type === "anonymous") throw notFound();
    if (caller.type === "user") return { type: "user", id: caller.id };
    const instance = instanceOf(cloud, caller);
    return { ...instance, groups: caller.groups ?? membershipsOf(current(), instance) };
  };
  const allows = (call: Asked, target: Target, permissions: readonly string[]): boolean =>
    decide(current(), {
      principal: target.actingService
        ? { type: "service", name: target.actingService }
        : principalOf(call.caller),
      operation: target.operation ?? call.operation.name,
      service: call.operation.service,
      permissions: [...permissions],
      compartment: target.compartment,
      time: cloud.clock.iso(),
      region: call.region.key,
      ...(target.variables && { variables: target.variables }),
    }).decision === "allow";
  return {
    observe: effective.observe,
    authorise: (call, targets) => {
      const mode = call.operation.permissions?.mode;
      // A target may ask for permissions where the table has none: a work request inherits those of what began it.
      if ((mode === "none" && targets.every((target) => !target.permissions)) || isOwn(call)) return;
      if (!targets.every((target) => isKnown(call, target))) throw notFound();
      const own = targets.filter((target) => !target.actingService);
      const acting = targets
        .filter((target) => target.actingService)
        .map((target) => ({ target, permissions: target.permissions ?? [] }));
      // The caller first: what a service lacks is said to nobody else.
      for (const { target, permissions } of [...needs(call, own), ...acting]) {
        const allowed =
          mode === "any" && !target.actingService
            ? permissions.some((permission) => allows(call, target, [permission]))
            : allows(call, target, permissions);
        if (!allowed) throw target.refusal ?? notFound();
      }
    },
    groupsOf: (instance) => membershipsOf(current(), instanceOf(cloud, instance)),
  };
};
