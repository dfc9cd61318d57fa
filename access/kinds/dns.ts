import { z } from "zod";
import { DNS_NAME, RECORD_TYPE } from "../../document/grant-forms.ts";
import type { AllowInput, ProbeInput } from "../../document/schema.ts";
import { compartmentId, ocidForm } from "../forms.ts";
import { kind } from "../grant.ts";
import { groupStatement } from "../statement.ts";

const dnsName = z
  .string()
  .regex(DNS_NAME, { error: "must be a DNS name in lower case, without a dot at its end" });

const entry = z.strictObject({
  /** The zone, by OCID. */
  dns: ocidForm("dns-zone"),
  /** `read`: the zone and its records; `update`: add, change and remove records. None has the other with it. */
  access: z.enum(["read", "update"]),
  /** The zone's name, where it is public and clients name it so; by OCID alone when absent. */
  name: dnsName.optional(),
  /** The one name in the zone whose records are granted; all of the zone's when absent. */
  domain: dnsName.optional(),
  /** The one type of that domain's records that is granted: `TXT`; all of them when absent. */
  type: z.string().regex(RECORD_TYPE, { error: "must be a type of records in upper case: TXT" }).optional(),
  /** OCID of the zone's compartment. @default the workload's compartment */
  compartment: compartmentId.optional(),
});
const schema = entry.superRefine(({ name, domain, type }, context) => {
  const refuse = (path: string, message: string) =>
    context.addIssue({ code: "custom", path: [path], message });
  if (type !== undefined && domain === undefined) refuse("type", "goes with domain only");
  if (name === undefined || domain === undefined || domain === name || domain.endsWith(`.${name}`)) return;
  refuse("domain", `must be ${name}, or end with .${name}`);
});
type DnsGrant = z.infer<typeof schema>;

/** A part of a grant: operations of one permission more, and what about them OCI and the proxy compare. */
interface Part {
  permissions: readonly string[];
  operations: readonly string[];
  /** Conditions beside that of the zone. */
  conditions?: readonly string[];
  /** What the proxy compares beside the zone. */
  where?: NonNullable<AllowInput["where"]>;
}

/** The domain, and its type where one is granted, as OCI and the proxy compare them. */
const ofRecords = ({ domain, type }: DnsGrant): Required<Pick<Part, "conditions" | "where">> => ({
  conditions: [
    ...(domain === undefined ? [] : [`target.dns-domain.name = '${domain}'`]),
    ...(type === undefined ? [] : [`target.dns-record.type = '${type}'`]),
  ],
  where: {
    ...(domain !== undefined && { "path.domain": domain }),
    ...(type !== undefined && { "path.rtype": type }),
  },
});

/** What the body of a change says again of each record. */
const inBody = ({ domain, type }: DnsGrant): NonNullable<AllowInput["where"]> => ({
  ...(domain !== undefined && { "body.items.*.domain": domain }),
  ...(type !== undefined && { "body.items.*.rtype": type }),
});

const dns = (...names: string[]): string[] => names.map((name) => `dns.${name}`);

const readParts = (g: DnsGrant): Part[] => {
  const records = ofRecords(g);
  if (g.domain === undefined) {
    return [
      {
        permissions: ["DNS_ZONE_READ", "DNS_RECORD_READ"],
        operations: dns("GetZone", "GetZoneRecords", "GetDomainRecords", "GetRRSet"),
      },
    ];
  }
  return [
    { permissions: ["DNS_ZONE_READ"], operations: dns("GetZone") },
    {
      permissions: ["DNS_RECORD_READ"],
      operations: dns(...(g.type === undefined ? ["GetDomainRecords"] : []), "GetRRSet"),
      ...records,
    },
  ];
};

/** Keeps what else DNS_ZONE_UPDATE opens out: the zone's settings, and attachments of steering policies. */
const OF_ZONE_RECORDS = "request.operation = /*ZoneRecords/";

const updateParts = (g: DnsGrant): Part[] => {
  const { conditions, where } = ofRecords(g);
  const permissions = ["DNS_RECORD_UPDATE"];
  const ofDomain = g.type === undefined ? ["PatchDomainRecords", "UpdateDomainRecords"] : [];
  const parts: Part[] = [
    {
      permissions,
      operations: dns(...ofDomain, "PatchRRSet", "UpdateRRSet"),
      conditions,
      where: { ...where, ...inBody(g) },
    },
    { permissions, operations: dns("DeleteRRSet"), conditions, where },
  ];
  if (g.domain !== undefined) return parts;
  return [
    {
      permissions: ["DNS_ZONE_UPDATE"],
      operations: dns("PatchZoneRecords", "UpdateZoneRecords"),
      conditions: [OF_ZONE_RECORDS],
    },
    ...parts,
  ];
};

const partsOf = (g: DnsGrant): Part[] => (g.access === "read" ? readParts(g) : updateParts(g));

/**
 * The ways in which a path may name the zone. By name it is the public one, unless the query says otherwise: a private
 * zone may have the same name.
 */
const zoneForms = (g: DnsGrant): NonNullable<AllowInput["where"]>[] => [
  { "path.zoneNameOrId": g.dns },
  ...(g.name === undefined
    ? []
    : [
        {
          "path.zoneNameOrId": g.name,
          "query.scope": { absent: true as const },
          "query.viewId": { absent: true as const },
        },
      ]),
];

/** The records of a grant, for people. */
const recordsOf = (g: DnsGrant): string =>
  `${g.type === undefined ? "" : `${g.type} `}records of ${g.domain === undefined ? "" : `${g.domain} in `}the zone ${g.name ?? g.dns}`;

/** An ETag that nothing has: 412 shows that a change is allowed, and nothing is changed. */
const NEVER = { "if-match": "keyless-never-matches" };

const probesOf = (g: DnsGrant) => {
  const short = g.dns.slice(-6);
  const target = { id: g.dns, seen: "deployer" } as const;
  const zone = { zoneNameOrId: g.dns };
  const of = [g.domain, g.type].filter((part) => part !== undefined);
  const within = `${short}${of.map((part) => `-${part}`).join("")}`;
  /** Nothing that the domain has is prohibited, and the ETag never matches. */
  const item = { domain: g.domain, rtype: g.type ?? "TXT", operation: "PROHIBIT" };
  return {
    zone: {
      name: `dns-${short}-zone`,
      says: "read the zone",
      operation: "dns.GetZone",
      params: { zoneNameOrId: g.name ?? g.dns },
      target,
    },
    zoneRecords: {
      name: `dns-${short}-records`,
      says: "read all records of the zone",
      operation: "dns.GetZoneRecords",
      params: zone,
      query: { limit: "1" },
      target,
    },
    zoneUpdate: {
      name: `dns-${short}-update`,
      says: "change records of the zone",
      operation: "dns.PatchZoneRecords",
      params: zone,
      headers: NEVER,
      body: { items: [] },
      target,
    },
    settings: {
      name: `dns-${short}-settings`,
      says: "change the zone's settings",
      operation: "dns.UpdateZone",
      params: zone,
      headers: NEVER,
      body: {},
      target,
    },
    domainRecords: {
      name: `dns-${within}-records`,
      says: `read the ${recordsOf(g)}`,
      operation: g.type === undefined ? "dns.GetDomainRecords" : "dns.GetRRSet",
      params: { ...zone, domain: g.domain ?? "", ...(g.type !== undefined && { rtype: g.type }) },
      query: { limit: "1" },
      target,
    },
    domainUpdate: {
      name: `dns-${within}-update`,
      says: `change the ${recordsOf(g)}`,
      operation: "dns.PatchRRSet",
      params: { ...zone, domain: g.domain ?? "", rtype: item.rtype },
      headers: NEVER,
      body: { items: [item] },
      target,
    },
  } satisfies Record<string, Omit<ProbeInput, "expected">>;
};

/**
 * Reading the records of one zone, or changing them; all of them, or those of one domain and type. Source of permissions
 * and variables: policy reference, "Details for the DNS Service" (`target.dns-zone.id`; `target.dns-domain.name` for the
 * operations of one domain; with `target.dns-record.type` beside it, for those of one RRSet only). DeleteDomainRecords is
 * not in its table, and not granted. Not confirmed: that `request.operation` has the names of the API's operations here,
 * and what is said of an If-Match to a set without records; the check shows both.
 */
export const dnsGrant = kind<DnsGrant>({
  key: "dns",
  schema,
  id: (g) => ["dns", g.dns, g.access, g.domain, g.type].filter((part) => part !== undefined).join(" "),
  label: (g) => `${g.access === "read" ? "read the zone and the" : "add, change and remove"} ${recordsOf(g)}`,
  compartment: (g) => g.compartment,
  statements: (g, ids) => {
    const at = g.compartment ?? ids.workloadCompartmentId;
    const zone = `target.dns-zone.id = '${g.dns}'`;
    const texts = partsOf(g).map(({ permissions, conditions = [] }) =>
      groupStatement(ids.groupId, permissions, at, [zone, ...conditions]),
    );
    return [...new Set(texts)].map((text) => ({ compartmentId: at, text }));
  },
  allow: (g) =>
    partsOf(g).flatMap(({ operations, where }) =>
      zoneForms(g).map((form) => ({ operations: [...operations], where: { ...form, ...where } })),
    ),
  probes: (g) => {
    const p = probesOf(g);
    const narrowed = g.domain !== undefined;
    const [allowed, refused] =
      g.access === "read"
        ? [
            [p.zone, narrowed ? p.domainRecords : p.zoneRecords],
            [narrowed ? p.domainUpdate : p.zoneUpdate, ...(narrowed ? [p.zoneRecords] : [])],
          ]
        : [
            [narrowed ? p.domainUpdate : p.zoneUpdate],
            [narrowed ? p.domainRecords : p.zoneRecords, narrowed ? p.zoneUpdate : p.settings],
          ];
    return {
      allowed: allowed.map((probe) => ({ ...probe, expected: "allowed" as const })),
      refused: refused.map((probe) => ({ ...probe, expected: "refused" as const })),
    };
  },
  lookups: (g, { compartments }) => [
    {
      operation: "dns.GetZone",
      params: { zoneNameOrId: g.dns },
      what: `zone ${g.dns}`,
      expectedCompartment: g.compartment ?? compartments.workload,
      ...(g.name !== undefined && { expected: { name: g.name, scope: "GLOBAL" } }),
    },
  ],
  deployerNeeds: [{ action: "read dns-zones", why: "zones that are granted exist", optional: true }],
});
