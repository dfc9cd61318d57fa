/**
 * The tenancy as `iam/` sees it, from the store: what is written now, and what has taken effect.
 * @module
 */
import type { Compartment, DynamicGroup, Group, Policy, Tags, Tenancy } from "../../iam/core.ts";
import type { Model } from "../state/models.ts";
import type { State } from "../state/state.ts";

/** Types whose changes take effect late, when the settings say so. */
const DELAYED = ["policy", "dynamicgroup", "group", "usergroupmembership"];
/** Types that decisions depend on, without delay. */
const IMMEDIATE = ["tenancy", "compartment", "user"];

/** Defined tags as `namespace.key`. */
export const tagsOfModel = (model: Model | undefined): Tags =>
  Object.fromEntries(
    Object.entries(model?.definedTags ?? {}).flatMap(([namespace, keys]) =>
      Object.entries(keys).map(([key, value]) => [`${namespace}.${key}`, value]),
    ),
  );

const isLive = ({ model }: { model: Model }): boolean =>
  model.lifecycleState !== "DELETED" && model.lifecycleState !== "DELETING";

type Rules = Pick<Tenancy, "groups" | "dynamicGroups" | "policies">;

const rulesOf = ({ store }: State): Required<Rules> => {
  const members = new Map<string, string[]>();
  for (const { model } of store.list("usergroupmembership").filter(isLive)) {
    const group = model.groupId;
    members.set(group, [...(members.get(group) ?? []), model.userId]);
  }
  return {
    groups: store
      .list("group")
      .filter(isLive)
      .map(
        ({ id, model }): Group => ({
          id,
          name: model.name,
          members: members.get(id) ?? [],
          tags: tagsOfModel(model),
        }),
      ),
    dynamicGroups: store
      .list("dynamicgroup")
      .filter(isLive)
      .map(
        ({ id, model }): DynamicGroup => ({
          id,
          name: model.name,
          matchingRule: model.matchingRule,
          tags: tagsOfModel(model),
        }),
      ),
    policies: store
      .list("policy")
      .filter(isLive)
      .map(
        ({ model, hidden }): Policy => ({
          compartment: model.compartmentId,
          // Names were resolved when the policy was written: renaming later changes nothing.
          statements: hidden.resolved,
        }),
      ),
  };
};

const named = (model: Model) => ({ name: model.name ?? "", tags: tagsOfModel(model) });

const placesOf = ({ store }: State): Pick<Tenancy, "compartments" | "users"> => ({
  // A deleted compartment stays in the tree: what was in it, and its work requests, can still be asked for.
  compartments: [
    ...store.list("tenancy").map(({ id, model }): Compartment => ({ id, ...named(model) })),
    ...store
      .list("compartment")
      .map(({ id, model }): Compartment => ({ id, parent: model.compartmentId, ...named(model) })),
  ],
  users: store
    .list("user")
    .filter(isLive)
    .map(({ id, model }) => ({ id, name: model.name })),
});

/** The tenancy as it is written now: what names resolve in, and what limits count. */
export const tenancyNow = (cloud: State): Tenancy => ({
  tenancy: cloud.tenancy.id,
  denyEnabled: cloud.settings.denyEnabled,
  ...placesOf(cloud),
  ...rulesOf(cloud),
});

/** The tenancy as far as its policies and groups have taken effect. */
export interface EffectiveTenancy {
  /** The same value until something that decisions depend on has changed. */
  current(): Tenancy;
  /** Notes what was written, so that it takes effect its time later; called after every change. */
  observe(): void;
}

/** Follows the store: changes of policies and groups take effect `propagationMs` after they were observed. */
export const effectiveTenancy = (cloud: State): EffectiveTenancy => {
  let rules = rulesOf(cloud);
  let seen = cloud.store.revisionOf(DELAYED);
  const coming: { atMs: number; rules: Required<Rules> }[] = [];
  let built: { tenancy: Tenancy; rules: Required<Rules>; places: number; denyEnabled: boolean } | undefined;
  const observe = (): void => {
    const revision = cloud.store.revisionOf(DELAYED);
    if (revision === seen) return;
    seen = revision;
    coming.push({ atMs: cloud.clock.now() + cloud.settings.propagationMs, rules: rulesOf(cloud) });
  };
  return {
    observe,
    current: () => {
      observe();
      while (coming[0] && coming[0].atMs <= cloud.clock.now()) rules = coming.shift()!.rules;
      const places = cloud.store.revisionOf(IMMEDIATE);
      const { denyEnabled } = cloud.settings;
      if (built?.rules !== rules || built.places !== places || built.denyEnabled !== denyEnabled) {
        const tenancy = { tenancy: cloud.tenancy.id, denyEnabled, ...placesOf(cloud), ...rules };
        built = { tenancy, rules, places, denyEnabled };
      }
      return built.tenancy;
    },
  };
};
