/** Zones of DNS and their records. Nothing is resolved: records are kept and shown. @module */
import { createHash } from "node:crypto";
import type { DnsClient, models } from "oci-dns";
import { z } from "zod";
import { hostOf } from "../../oci/hosts.ts";
import { conflict, invalidParameter } from "../errors.ts";
import { etagOf } from "../etag.ts";
import { paginate } from "../list.ts";
import type { Handlers } from "../sdk.ts";
import type { Call, Service, Variable } from "../service.ts";
import type { DnsRecord } from "../state/models.ts";
import type { Wire } from "../state/wire.ts";
import { details, readBody, setMembers, tagMembers } from "./support/body.ts";
import {
  compartmentTarget,
  find,
  isAlive,
  type Owned,
  responseOf,
  starting,
  targetOf,
} from "./support/resources.ts";
import { checkDefinedTags, tagMembersOf } from "./support/tags.ts";

const create = details<models.CreateZoneDetails>()({
  ...tagMembers,
  name: z.string().min(1).max(254),
  compartmentId: z.string(),
  scope: z
    .string()
    .regex(/^(?:GLOBAL|PRIVATE)$/)
    .optional(),
  viewId: z.string().optional(),
});
const update = details<models.UpdateZoneDetails>()({ ...tagMembers });
const record = {
  domain: z.string().min(1),
  rtype: z.string().min(1),
  rdata: z.string().min(1),
  ttl: z.number().int().min(0),
};
const operation = z.object({
  ...z.object(record).partial().shape,
  recordHash: z.string().optional(),
  operation: z.enum(["REQUIRE", "PROHIBIT", "ADD", "REMOVE"]).default("ADD"),
});
const patches = z.object({ items: z.array(operation).default([]) });
const updates = z.object({ items: z.array(z.object(record)).default([]) });

type OfZone = Call<"zoneNameOrId" | "scope" | "viewId">;

/** Zone by OCID or name; by name it is the public one, or the one of the view that the query names. */
const one = (call: OfZone): Owned<"dns-zone"> => {
  const named = call.params.zoneNameOrId ?? "";
  if (named.startsWith("ocid1.")) return find(call, "dns-zone", named);
  const scope = call.query.get("scope") ?? "GLOBAL";
  const viewId = scope === "PRIVATE" ? call.query.get("viewId") : undefined;
  const found = call.cloud.store
    .list("dns-zone")
    .find(({ model }) => model.name === canonical(named) && model.scope === scope && model.viewId === viewId);
  return find(call, "dns-zone", found?.id);
};

/** A name in the form in which it is compared: in lower case, without the root's dot. */
const canonical = (name: string): string => name.toLowerCase().replace(/\.$/, "");

/** Records that a path names: of the zone, of a domain in it, or of one type there. */
interface Place {
  domain?: string | undefined;
  rtype?: string | undefined;
}
const placeOf = ({ params }: Call<"domain" | "rtype">): Place => ({
  ...(params.domain !== undefined && { domain: canonical(params.domain) }),
  ...(params.rtype !== undefined && { rtype: params.rtype.toUpperCase() }),
});

const isAt = (place: Place, one: DnsRecord): boolean =>
  (place.domain === undefined || one.domain === place.domain) &&
  (place.rtype === undefined || one.rtype === place.rtype);

/**
 * The zone with the variables of the policy reference: a domain's name for the operations of one domain, a record's type
 * for those of one RRSet.
 */
const target = (call: OfZone) => {
  const zone = one(call);
  const { domain, rtype } = placeOf(call as Call);
  const variables: Record<string, Variable> = { "target.dns-zone.name": zone.model.name };
  if (domain !== undefined) variables["target.dns-domain.name"] = domain;
  if (rtype !== undefined) variables["target.dns-record.type"] = rtype;
  return targetOf(call, zone, { variables });
};

/** Text of a record as OCI shows it: that of TXT stands in quotation marks. */
const shownData = (rtype: string, rdata: string): string =>
  rtype === "TXT" && !rdata.startsWith('"') ? `"${rdata}"` : rdata;

const hashOf = (...parts: string[]): string =>
  createHash("sha256").update(parts.join(" ")).digest("hex").slice(0, 32);

/** A record of the zone. @throws 400 for one beside the path's place; text unverified */
const recordOf = (
  zone: Owned<"dns-zone">,
  place: Place,
  given: z.output<typeof updates>["items"][number],
): DnsRecord => {
  const [domain, rtype] = [canonical(given.domain), given.rtype.toUpperCase()];
  const made = { domain, rtype, rdata: shownData(rtype, given.rdata), ttl: given.ttl };
  const { name } = zone.model;
  if (domain !== name && !domain.endsWith(`.${name}`))
    throw invalidParameter(`${domain} is not in the zone ${name}`);
  const whole = {
    ...made,
    recordHash: hashOf(domain, rtype, made.rdata),
    isProtected: false,
    rrsetVersion: String(zone.model.serial + 1),
  };
  if (!isAt(place, whole)) throw invalidParameter(`${domain} ${rtype} is not what the path names`);
  return whole;
};

/** Records as they are after a change, and the zone with its next serial. */
const changeTo = ({ cloud }: Call, zone: Owned<"dns-zone">, records: DnsRecord[]): void => {
  zone.hidden.records = records;
  zone.model.serial += 1;
  zone.model.version = String(zone.model.serial);
  cloud.store.touch(zone);
};

const shown = (call: Call<"limit" | "page">, zone: Owned<"dns-zone">, records: readonly DnsRecord[]) => {
  const { items, nextPage } = paginate(call, records, (r) => r.recordHash);
  return {
    body: { items },
    headers: {
      etag: etagOf(zone),
      "opc-total-items": String(records.length),
      ...(nextPage !== undefined && { "opc-next-page": nextPage }),
    },
  };
};

/** The handlers of what reads, patches and replaces the records at the path's place. */
const records = {
  read: {
    target,
    run: (ofZone: OfZone) => {
      const call = ofZone as Call;
      const zone = one(call);
      const asked: Place = {
        domain: call.query.get("domain") ?? undefined,
        rtype: call.query.get("rtype") ?? undefined,
      };
      const place = placeOf(call);
      return shown(
        call,
        zone,
        zone.hidden.records.filter((r) => isAt(place, r) && isAt(asked, r)),
      );
    },
  },
  patch: {
    target,
    run: (call: OfZone) => {
      const zone = one(call);
      const place = placeOf(call as Call);
      let after = zone.hidden.records;
      for (const { operation: what, recordHash, ...given } of readBody(call, patches).items) {
        const item = { ...place, ...given };
        const rtype = item.rtype?.toUpperCase();
        const wanted = {
          domain: item.domain === undefined ? undefined : canonical(item.domain),
          rtype,
          rdata: item.rdata === undefined ? undefined : shownData(rtype ?? "", item.rdata),
        };
        // Whether OCI looks for a hash at the path's place only is not known: here it looks in the whole zone.
        const isMeant = (r: DnsRecord): boolean =>
          recordHash === undefined
            ? isAt(wanted, r) && (wanted.rdata === undefined || wanted.rdata === r.rdata)
            : r.recordHash === recordHash;
        const found = after.some(isMeant);
        // Status and text of a precondition that does not hold: unverified.
        if ((what === "REQUIRE" && !found) || (what === "PROHIBIT" && found))
          throw invalidParameter(`items: the operation ${what} does not hold`);
        if (what === "REMOVE") after = after.filter((r) => !isMeant(r));
        if (what !== "ADD") continue;
        if (item.rdata === undefined && item.ttl !== undefined) {
          const { ttl } = item;
          after = after.map((r) => (isMeant(r) ? { ...r, ttl } : r));
          continue;
        }
        const whole = updates.safeParse({ items: [item] });
        if (!whole.success) throw invalidParameter("items: a record needs domain, rtype, rdata and ttl");
        const made = recordOf(zone, place, whole.data.items[0]!);
        after = [...after.filter((r) => r.recordHash !== made.recordHash), made];
      }
      changeTo(call, zone, after);
      return shown(
        call as Call,
        zone,
        after.filter((r) => isAt(place, r)),
      );
    },
  },
  update: {
    target,
    run: (call: OfZone) => {
      const zone = one(call);
      const place = placeOf(call as Call);
      const made = readBody(call, updates).items.map((item) => recordOf(zone, place, item));
      changeTo(call, zone, [...zone.hidden.records.filter((r) => !isAt(place, r)), ...made]);
      return shown(call as Call, zone, made);
    },
  },
};

const zones = {
  CreateZone: {
    target: (call) => compartmentTarget(call, readBody(call, create).compartmentId),
    run: (call) => {
      const { cloud, region } = call;
      const { scope = "GLOBAL", viewId, ...body } = readBody(call, create);
      checkDefinedTags(cloud, body.definedTags);
      if ((scope === "PRIVATE") !== (viewId !== undefined))
        throw invalidParameter("viewId: goes with the scope PRIVATE, and is needed there");
      const name = canonical(body.name);
      const taken = cloud.store
        .list("dns-zone")
        .some((zone) => isAlive(zone) && zone.model.name === name && zone.model.viewId === viewId);
      // Text unverified.
      if (taken) throw conflict("Conflict", `the zone ${name} exists`);
      const id = cloud.store.newId("dns-zone");
      const made = cloud.store.add({
        id,
        type: "dns-zone",
        model: {
          id,
          compartmentId: body.compartmentId,
          name,
          scope: scope as Wire<models.Scope>,
          ...(viewId !== undefined && { viewId }),
          ...tagMembersOf(body),
          zoneType: "PRIMARY",
          resolutionMode: "STATIC",
          dnssecState: "DISABLED",
          externalMasters: [],
          externalDownstreams: [],
          nameservers: [],
          self: `https://${hostOf("dns", region.id, cloud.realm.domain)}/20180115/zones/${name}`,
          version: "1",
          serial: 1,
          isProtected: false,
          lifecycleState: "CREATING",
          timeCreated: cloud.clock.iso(),
        },
        hidden: { records: [] },
        ...starting(cloud, "ACTIVE"),
      });
      return responseOf(made, { status: 201 });
    },
  },
  GetZone: { target, run: (call) => responseOf(one(call)) },
  UpdateZone: {
    target,
    run: (call) => {
      const zone = one(call);
      const body = readBody(call, update);
      checkDefinedTags(call.cloud, body.definedTags);
      setMembers(zone.model, tagMembersOf({ ...zone.model, ...body }));
      call.cloud.store.touch(zone);
      return responseOf(zone);
    },
  },
} satisfies Handlers<DnsClient>;

const ofRecords = {
  GetZoneRecords: records.read,
  PatchZoneRecords: records.patch,
  UpdateZoneRecords: records.update,
  GetDomainRecords: records.read,
  PatchDomainRecords: records.patch,
  UpdateDomainRecords: records.update,
  GetRRSet: records.read,
  PatchRRSet: records.patch,
  UpdateRRSet: records.update,
  DeleteRRSet: {
    target,
    run: (call) => {
      const zone = one(call);
      const place = placeOf(call);
      changeTo(
        call,
        zone,
        zone.hidden.records.filter((r) => !isAt(place, r)),
      );
      return { status: 204 };
    },
  },
} satisfies Handlers<DnsClient>;

/** The handlers of zones and records. */
export const dns: Service = { name: "dns", handlers: { ...zones, ...ofRecords } };
