import { z } from "zod";
import { PLACEHOLDERS } from "../../document/placeholders.ts";
import type { ProbeInput } from "../../document/schema.ts";
import { compartmentId } from "../forms.ts";
import { kind } from "../grant.ts";
import { compartmentLookups } from "../lookup.ts";
import { groupStatement } from "../statement.ts";

const schema = z.strictObject({
  /** The compartment whose audit events may be read. */
  audit: compartmentId,
});

const list = (name: string, says: string, at: string, expected: "allowed" | "refused"): ProbeInput => ({
  name,
  says,
  operation: "audit.ListEvents",
  query: { compartmentId: at, startTime: PLACEHOLDERS.minuteAgo, endTime: PLACEHOLDERS.minute },
  target: { id: at, seen: "deployer" },
  expected,
});

/** Reading the audit events of one compartment. Permissions reach its child compartments too; the proxy does not. */
export const auditGrant = kind<z.infer<typeof schema>>({
  key: "audit",
  schema,
  id: (g) => `audit ${g.audit} read`,
  label: (g) => `read the audit events of ${g.audit}`,
  compartment: (g) => g.audit,
  statements: (g, ids) => [
    { compartmentId: g.audit, text: groupStatement(ids.groupId, ["AUDIT_EVENT_READ"], g.audit, []) },
  ],
  allow: (g) => [{ operations: ["audit.ListEvents"], where: { "query.compartmentId": g.audit } }],
  probes: (g, ids) => ({
    allowed: [list(`audit-${g.audit.slice(-6)}`, "read the compartment's audit events", g.audit, "allowed")],
    refused:
      g.audit === ids.tenancyId
        ? []
        : [list("audit-root", "read the root compartment's audit events", ids.tenancyId, "refused")],
  }),
  lookups: (g) => compartmentLookups(g.audit),
});
