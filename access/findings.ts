import { isLoopback } from "../document/client-settings.ts";
import { LIMITS } from "../iam/index.ts";
import { compileStatements, policyCompartments } from "./compile.ts";
import { declared } from "./declared.ts";
import { findingOf } from "./finding-codes.ts";
import { someOcid } from "./forms.ts";
import type { AccessFinding, GrantContext } from "./grant.ts";
import type { StackIds } from "./ids.ts";
import type { Access, SeveritySetting } from "./schema.ts";

/** Facts about the stack that a declaration belongs to. */
export interface FindingsContext extends GrantContext {
  /** OCIDs of the default compartments of what grants name. @default two compartments of their own */
  compartments?: { workload: string; security: string } | undefined;
  /** True when the document is signed. @default true */
  signDocument?: boolean | undefined;
}

/** Identifiers in which only the compartments are a stack's own. */
const placeholderIds = ({ tenancyId, compartments }: FindingsContext): StackIds => ({
  tenancyId,
  groupId: someOcid("dynamicgroup"),
  workloadCompartmentId: compartments?.workload ?? someOcid("compartment", "w"),
  namespace: "namespace",
  release: { bucketName: "release", objectName: "app" },
  secret: {
    id: someOcid("vaultsecret"),
    compartmentId: compartments?.security ?? someOcid("compartment", "s"),
    seen: "stack",
  },
  decoy: { id: someOcid("vaultsecret", "d"), seen: "stack" },
  vault: { id: someOcid("vault"), seen: "stack" },
  key: { id: someOcid("key"), managementEndpoint: "https://vault.example", seen: "stack" },
});

/** Findings about policies with more statements than OCI takes: there is one policy for each compartment. */
const tooManyStatements = (access: Access, context: FindingsContext): AccessFinding[] => {
  const statements = compileStatements(access, placeholderIds(context));
  return policyCompartments(statements).flatMap((compartmentId): AccessFinding[] => {
    const count = statements.filter((s) => s.compartmentId === compartmentId).length;
    if (count <= LIMITS.statementsInPolicy) return [];
    const message = `the grants make ${count} statements in the policy of ${compartmentId}; OCI takes ${LIMITS.statementsInPolicy} in one policy: grant less there, or use compartments of their own`;
    return [{ ...findingOf("too-many-statements", message), where: "access" }];
  });
};

/**
 * The finding that the document is not signed: neither it nor anything else said about the instance can be
 * trusted.
 */
const unsignedDocument = ({ signDocument = true }: FindingsContext): AccessFinding[] => {
  if (signDocument) return [];
  const message =
    "the document in the instance's metadata is not signed: whoever may update the instance (INSTANCE_UPDATE) can run code with its identity; leave keyless:signDocument out, or give that permission to nobody who may not have the instance's rights";
  return [{ ...findingOf("unsigned-document", message), where: "signDocument" }];
};

const DAY_S = 24 * 3600;

/** Findings about settings of clients. */
const clientFindings = ({ clientSettings = {} }: Access): AccessFinding[] =>
  Object.keys(clientSettings)
    .sort()
    .flatMap((client) => {
      const { rotation, rotateS = 0, overlapS = 0, listen = [] } = clientSettings[client]!;
      const list: AccessFinding[] = [];
      const lasts = rotation === "never" ? "as long as the machine runs" : `${rotateS + overlapS} s`;
      if (rotation === "never" || rotateS + overlapS > DAY_S) {
        const message = `the token of ${client} is good for ${lasts}: who has read it once keeps ${client}'s rights that long; a socket needs no token, and software that follows the token's file no long interval`;
        list.push({ ...findingOf("long-lived-token", message), where: `clients.${client}` });
      }
      for (const [i, { address }] of listen.entries()) {
        if (address === undefined || isLoopback(address)) continue;
        const message = `${client} has an entrance at ${address}: whoever reaches that address may try tokens there, and whoever is on the way reads them; name an address of a bridge within the machine`;
        list.push({
          ...findingOf("listens-beyond-loopback", message),
          where: `clients.${client}.listen[${i}]`,
        });
      }
      return list;
    });

const found = (access: Access, context: FindingsContext): AccessFinding[] => {
  const list: AccessFinding[] = unsignedDocument(context);
  const seen = new Map<string, string>();
  for (const { grant, kind, where, client } of declared(access)) {
    list.push(...(kind.findings?.(grant, context) ?? []).map((f) => ({ ...f, where })));
    if (kind.compartment(grant) === context.tenancyId) {
      list.push({
        ...findingOf(
          "tenancy-wide",
          `${kind.id(grant)} reaches every compartment of the tenancy; name the compartment it is for`,
        ),
        where,
      });
    }
    const id = `${client ?? ""}/${kind.id(grant)}`;
    const first = seen.get(id);
    if (first) {
      list.push({ ...findingOf("duplicate-grant", `says what ${first} says already`), where });
    }
    seen.set(id, where);
  }
  return [...list, ...clientFindings(access), ...tooManyStatements(access, context)];
};

/**
 * Findings about what is too wide or pointless in a declaration of access, in the declaration's order.
 * @param severities by code, in place of the findings' own; `off` leaves one out
 */
export const findings = (
  access: Access,
  context: FindingsContext,
  severities: Readonly<Record<string, SeveritySetting>> = {},
): AccessFinding[] =>
  found(access, context).flatMap((finding) => {
    const severity = severities[finding.code] ?? finding.severity;
    return severity === "off" ? [] : [{ ...finding, severity }];
  });
