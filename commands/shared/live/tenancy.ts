/** A live tenancy, read by signed calls that need read-only rights. @module */
import type { Tenancy } from "../../../iam/index.ts";
import { STACK_TAG } from "../../../infra/tags.ts";
import type { OciClient } from "../../../oci/client.ts";
import { definedTagsOf } from "../defined-tags.ts";
import { UsageError } from "../exit.ts";
import type { OciModel } from "../oci-model.ts";
import { LIVE_LISTS } from "./lists.ts";
import { type ListedCompartment, type Places, subtreeOf } from "./places.ts";
import { type LiveReader, liveReader, type Refusal } from "./reader.ts";

/** What is read, and how. */
export interface LiveOptions {
  tenancyId: string;
  /** The region that the client's calls begin in: `us-ashburn-1`. */
  region: string;
  /** OCID of a compartment: it, what is below it, and the policies above it. The whole tenancy when absent. */
  compartment?: string | undefined;
  /** Regions whose instances are read; every subscribed one when absent. */
  regions?: readonly string[] | undefined;
  /** True when deny statements are known to be enabled. No operation says so. */
  denyEnabled?: boolean | undefined;
  /** Called with a line for people when something has been read. */
  onProgress?: ((line: string) => void) | undefined;
  /** Items of a page. @default 1000 */
  pageSize?: number | undefined;
}

/** A tenancy as it was read. */
export interface LiveTenancy extends Tenancy {
  /** What the lists do not have, in words. */
  notes: string[];
}

/** Outcome of a reading: the tenancy without what was refused, and that. */
export interface LiveReading {
  tenancy: LiveTenancy;
  refusals: readonly Refusal[];
}

const GONE = new Set(["DELETED", "TERMINATED"]);

const text = (model: OciModel, member: string): string => String(model[member] ?? "");

/** A model's id, name and tags; undefined for what is gone. */
const named = (model: OciModel, name = "name") => {
  if (GONE.has(text(model, "lifecycleState"))) return undefined;
  const tags = definedTagsOf(model);
  return {
    id: text(model, "id"),
    name: text(model, name),
    ...(Object.keys(tags).length > 0 && { tags }),
  };
};

/** Reads the subscribed regions, and turns to the home region: IAM is written there, and read there first. */
const readRegions = async (reader: LiveReader, tenancyId: string): Promise<string[]> => {
  const params = { tenancyId };
  const found = await reader.list(LIVE_LISTS.regions, tenancyId, { params }, (m) => ({
    name: text(m, "regionName"),
    isHome: m["isHomeRegion"] === true,
    isReady: text(m, "status") === "READY",
  }));
  const home = found.find((r) => r.isHome);
  if (home) reader.region = home.name;
  const ready = found.filter((r) => r.isReady).map((r) => r.name);
  return ready.length > 0 ? ready : [reader.region];
};

const readCompartments = async (reader: LiveReader, tenancyId: string): Promise<ListedCompartment[]> => {
  const query = { compartmentId: tenancyId, compartmentIdInSubtree: true, accessLevel: "ANY" };
  const [root, below] = await Promise.all([
    reader.get(LIVE_LISTS.tenancy, tenancyId, { params: { tenancyId } }),
    reader.list(LIVE_LISTS.compartments, tenancyId, { query }, (m) => {
      const found = named(m);
      return found && { ...found, parent: text(m, "compartmentId") };
    }),
  ]);
  return [{ id: tenancyId, name: "root", ...(root && named(root)) }, ...below];
};

const readGroups = async (reader: LiveReader, tenancyId: string) => {
  const groups = await reader.list(
    LIVE_LISTS.groups,
    tenancyId,
    { query: { compartmentId: tenancyId } },
    (m) => named(m),
  );
  return Promise.all(
    groups.map(async (group) => ({
      ...group,
      members: await reader.list(
        LIVE_LISTS.members,
        group.id,
        { query: { compartmentId: tenancyId, groupId: group.id } },
        (m) => (GONE.has(text(m, "lifecycleState")) ? undefined : text(m, "userId")),
      ),
    })),
  );
};

const readTagNamespaces = async (reader: LiveReader, tenancyId: string) => {
  const namespaces = await reader.list(
    LIVE_LISTS.tagNamespaces,
    tenancyId,
    { query: { compartmentId: tenancyId, includeSubcompartments: true } },
    (m) => {
      const found = named(m);
      return found && { id: found.id, name: found.name, compartment: text(m, "compartmentId") };
    },
  );
  return Promise.all(
    namespaces.map(async (namespace) => ({
      ...namespace,
      tags: await reader.list(
        LIVE_LISTS.tags,
        namespace.id,
        { params: { tagNamespaceId: namespace.id } },
        (m) => named(m)?.name,
      ),
    })),
  );
};

/** Reads a list of each compartment. */
const inEach = async <T>(
  compartments: readonly ListedCompartment[],
  work: (id: string) => Promise<T[]>,
): Promise<T[]> => (await Promise.all(compartments.map(({ id }) => work(id)))).flat();

/** Of the free-form tags the one by which a stack of keyless finds what is its own. */
const stackTagOf = (model: OciModel): { freeformTags?: Record<string, string> } => {
  const tag = (model["freeformTags"] as Record<string, unknown> | undefined)?.[STACK_TAG];
  return typeof tag === "string" ? { freeformTags: { [STACK_TAG]: tag } } : {};
};

const readPolicies = (reader: LiveReader, places: readonly ListedCompartment[]) =>
  inEach(places, (id) =>
    reader.list(LIVE_LISTS.policies, id, { query: { compartmentId: id } }, (m) => {
      const found = named(m);
      return (
        found && {
          id: found.id,
          name: found.name,
          ...stackTagOf(m),
          compartment: id,
          statements: (m["statements"] ?? []) as string[],
        }
      );
    }),
  );

const readDomains = (reader: LiveReader, places: readonly ListedCompartment[]) =>
  inEach(places, (id) =>
    reader.list(LIVE_LISTS.domains, id, { query: { compartmentId: id } }, (m) => {
      const found = named(m, "displayName");
      return found && { id: found.id, name: found.name, compartment: id };
    }),
  );

const readInstances = (reader: LiveReader, places: Places, regions: readonly string[]) =>
  inEach(places.inside, (id) =>
    Promise.all(
      regions.map((regionId) =>
        reader.list(LIVE_LISTS.instances, id, { regionId, query: { compartmentId: id } }, (m) => {
          const found = named(m, "displayName");
          return found && { ...found, compartment: id };
        }),
      ),
    ).then((lists) => lists.flat()),
  );

const placesIn = (
  { refusals }: LiveReader,
  tree: readonly ListedCompartment[],
  compartment: string | undefined,
): Places => {
  const found = subtreeOf(tree, compartment);
  if (found) return found;
  if (refusals.some(({ list }) => list === LIVE_LISTS.compartments)) return { inside: [], above: [] };
  throw new UsageError(
    `--compartment is ${compartment}, which is none of the tenancy's ${tree.length} compartments; allowed is the OCID of one`,
  );
};

const isDeny = (statement: string): boolean => /^\s*deny\s/i.test(statement);

/** What the lists of IAM do not have. Names stand in double quotes, so that they can be replaced. */
const notesOf = (
  { tenancyId, compartment, regions, denyEnabled }: LiveOptions,
  domains: readonly { name: string }[],
  hasDeny: boolean,
): string[] => [
  ...domains
    .filter((d) => d.name.toLowerCase() !== "default")
    .map(
      ({ name }) =>
        `groups, dynamic groups and users of the identity domain "${name}" are not here: only the domain's own endpoint lists them`,
    ),
  ...(hasDeny || denyEnabled
    ? []
    : [
        "whether deny statements are enabled is said by no operation; no policy has one, so that it makes no difference here",
      ]),
  ...(compartment && compartment !== tenancyId
    ? [`only the compartment ${compartment} with what is below it, and the policies above it`]
    : []),
  ...(regions ? [`instances of ${regions.join(", ")} only`] : []),
];

/**
 * Reads a tenancy. IAM is asked in the home region, instances in every region.
 * @throws CallError for a failure that is no refusal; UsageError for a compartment that is not there
 */
export const readLiveTenancy = async (client: OciClient, options: LiveOptions): Promise<LiveReading> => {
  const { tenancyId, onProgress } = options;
  const reader = liveReader(client, options.region, options.pageSize);
  const said = async <T extends readonly unknown[]>(what: string, work: Promise<T>): Promise<T> => {
    const found = await work;
    onProgress?.(`${found.length} ${what}`);
    return found;
  };
  const regions = await readRegions(reader, tenancyId);
  const root = { query: { compartmentId: tenancyId } };
  const [tree, groups, dynamicGroups, users, tagNamespaces] = await Promise.all([
    said("compartments", readCompartments(reader, tenancyId)),
    said("groups", readGroups(reader, tenancyId)),
    said(
      "dynamic groups",
      reader.list(LIVE_LISTS.dynamicGroups, tenancyId, root, (m) => {
        const found = named(m);
        return found && { ...found, ...stackTagOf(m), matchingRule: text(m, "matchingRule") };
      }),
    ),
    said(
      "users",
      reader.list(LIVE_LISTS.users, tenancyId, root, (m) => {
        const found = named(m);
        return found && { id: found.id, name: found.name };
      }),
    ),
    said("tag namespaces", readTagNamespaces(reader, tenancyId)),
  ]);
  const places = placesIn(reader, tree, options.compartment);
  const both = [...places.above, ...places.inside];
  const compartments = tree.filter((c) => both.includes(c));
  const [policies, domains, instances] = await Promise.all([
    said("policies", readPolicies(reader, compartments)),
    said("identity domains", readDomains(reader, compartments)),
    said("instances", readInstances(reader, places, options.regions ?? regions)),
  ]);
  const hasDeny = policies.some((p) => p.statements.some(isDeny));
  return {
    refusals: reader.refusals,
    tenancy: {
      tenancy: tenancyId,
      // Where denying is not enabled, OCI takes no statement that denies.
      denyEnabled: hasDeny || options.denyEnabled === true,
      compartments,
      groups,
      dynamicGroups,
      policies,
      users,
      domains,
      tagNamespaces,
      instances,
      notes: notesOf(options, domains, hasDeny),
    },
  };
};
