import { z } from "zod";
import { covers } from "../../document/rules/covers.ts";
import { type RuleProblem, ruleProblems } from "../../document/rules/problems.ts";
import { allowSchema, constraintSchema, type ProbeInput, probeSchema } from "../../document/schema.ts";
import { hasComment, lintStatements } from "../../iam/index.ts";
import { ownHostOf } from "../../oci/hosts.ts";
import { nearestWord } from "../../oci/nearest.ts";
import { bodyMembersOf } from "../../oci/operations/body-members.ts";
import { findOperation } from "../../oci/operations/index.ts";
import { findingOf } from "../finding-codes.ts";
import { compartmentId, someOcid } from "../forms.ts";
import { type KindFinding, kind } from "../grant.ts";

const operationName = probeSchema.shape.operation;

/** A call that the statement allows; only its author knows one. It must change nothing. */
const tried = z
  .strictObject({
    operation: operationName,
    /** Path parameters. */
    params: z.record(z.string(), z.string().min(1)).default({}),
    query: z.record(z.string(), z.string()).optional(),
  })
  .superRefine(({ operation, params, query = {} }, context) => {
    const found = findOperation(operation);
    const refuse = (message: string) => context.addIssue({ code: "custom", message });
    const where = Object.fromEntries(Object.keys(query).map((name) => [`query.${name}`, ""]));
    for (const { message } of ruleProblems({ operations: [operation], where })) refuse(message);
    if (!found) return;
    if (found.method !== "GET" && found.method !== "HEAD") {
      refuse(
        `${operation} is ${found.method}: only what reads (GET, HEAD) is tried, because nothing may change`,
      );
    }
    const names = [...found.path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]!).sort();
    const given = Object.keys(params).sort();
    if (names.join() !== given.join()) {
      refuse(`params of ${operation} are ${names.join(", ") || "none"}; found ${given.join(", ") || "none"}`);
    }
  });

/**
 * True when a line before the last one has a comment: the lines are joined into one, so that the comment
 * would swallow those behind it.
 */
const commentWithin = (text: string): boolean => text.trim().split("\n").slice(0, -1).some(hasComment);

/** Conditions on members that the body of an operation does not have, as far as Oracle's SDK knows the body. */
const bodyProblems = (given: { operations: string[]; where: object }): RuleProblem[] =>
  Object.keys(given.where).flatMap((key) => {
    const name = /^body\.([^.]+)/.exec(key)?.[1];
    return given.operations.flatMap((operation): RuleProblem[] => {
      const members = name === undefined ? undefined : bodyMembersOf(operation);
      if (name === undefined || members === undefined || members.includes(name)) return [];
      const near = nearestWord(name, members);
      const hint = near ? `; did you mean body.${near}?` : `; it has ${members.join(", ")}`;
      return [{ at: ["where", key], message: `the body of ${operation} has no member ${name}${hint}` }];
    });
  });

const raw = z
  .strictObject({
    /** Short and unique, for reports and refusals. */
    name: z.string().regex(/^[a-z0-9-]{1,64}$/),
    /**
     * The statement, with `<group>` for the dynamic group's OCID: `Allow dynamic-group id <group> to …`. It may
     * stand on several lines, as YAML's `|` leaves it.
     */
    statement: z
      .string()
      .refine((text) => !commentWithin(text), {
        error: "must have a comment (//) at its end only: it ends the statement",
      })
      .transform((text) => text.trim().replace(/\s*\n\s*/g, " "))
      .pipe(
        z.string().regex(/\bdynamic-group id <group> /i, {
          error: "must be a statement that grants to `dynamic-group id <group>`",
        }),
      ),
    /** OCID of the compartment, or tenancy, that its policy is attached to. */
    compartment: compartmentId,
    /** Operations that a client may call: `service.Operation`. Nothing for the app itself. */
    operations: z.array(operationName).default([]),
    /** Constraints on a client's requests; see document/schema.ts. */
    where: z.record(z.string(), constraintSchema).default({}),
    /**
     * `https://` and host that the operations are sent to, where each resource serves them at a host of its own and the
     * path does not name it: a vault's crypto endpoint.
     */
    endpoint: allowSchema.shape.endpoint,
    /** Calls by which the check sees that the statement works. */
    tries: z.array(tried).default([]),
  })
  .superRefine((given, context) => {
    for (const { at, message } of [...ruleProblems(given), ...bodyProblems(given)]) {
      context.addIssue({ code: "custom", path: at, message });
    }
  });

const schema = z.strictObject({ raw });
type RawGrant = z.infer<typeof schema>;

const probeOf = (g: RawGrant, one: RawGrant["raw"]["tries"][number], i: number): ProbeInput => {
  const { operation, params, query } = one;
  const id = Object.values(params).at(-1);
  return {
    name: `raw-${g.raw.name}-${i + 1}`,
    says: `call ${operation}${id === undefined ? "" : ` for ${id}`}`,
    operation,
    params,
    ...(query && { query }),
    target: { id: id ?? g.raw.compartment, seen: "nobody" },
    expected: "allowed",
  };
};

/** Numbers of the tries that the grant's own operations do not let a client of the proxy make. */
const triesRefusedToClients = (g: RawGrant): number[] =>
  g.raw.tries.flatMap((one, i) => (covers(g.raw, probeOf(g, one, i)) ? [] : [i]));

/** Findings of the policy language's own lint about the statement, each code after `iam/`. */
const linted = (g: RawGrant): KindFinding[] =>
  lintStatements([g.raw.statement.replaceAll("<group>", someOcid("dynamicgroup"))])[0]!.map(
    ({ code, severity, message }) => ({ code: `iam/${code}`, severity, message }),
  );

/** Findings about operations that clients are granted and the proxy has no way to: nothing says which host serves them. */
const unreachable = (g: RawGrant): KindFinding[] =>
  g.raw.operations
    .map((name) => ({ name, own: ownHostOf(findOperation(name)!) }))
    .filter(({ own }) => own && !own.param && g.raw.endpoint === undefined)
    .map(({ name, own }) =>
      findingOf(
        "not-proxied",
        `${name} is served by each ${own!.of}'s own host, and nothing in a request says which: the proxy refuses it until endpoint names the host (${own!.member} of ${own!.read})`,
      ),
    );

/** A grant of what no other kind grants: a statement in the policy language, and the operations it is for. */
export const rawGrant = kind<RawGrant>({
  key: "raw",
  schema,
  id: (g) => `raw ${g.raw.name}`,
  label: (g) =>
    `what the statement ${g.raw.name} says${g.raw.operations.length ? `: ${g.raw.operations.join(", ")}` : ""}`,
  // The statement itself says how far it reaches; its lint reports what is too wide.
  compartment: () => undefined,
  statements: (g, ids) => [
    { compartmentId: g.raw.compartment, text: g.raw.statement.replaceAll("<group>", ids.groupId) },
  ],
  allow: ({ raw: { operations, where, endpoint } }) =>
    operations.length ? [{ operations, where, ...(endpoint !== undefined && { endpoint }) }] : [],
  // Neighbours that must be refused cannot be known without reading the statement.
  probes: (g) => ({ allowed: g.raw.tries.map((one, i) => probeOf(g, one, i)), refused: [] }),
  findings: (g) => [
    ...unreachable(g),
    findingOf(
      "raw-grant",
      `the statement ${g.raw.name} is written by hand: ${
        g.raw.tries.length > 0
          ? "what it says to be tried is tried, and no call"
          : "nothing that the check tries"
      } proves how far it reaches`,
    ),
    ...linted(g),
  ],
  clientProblems: (g) =>
    triesRefusedToClients(g).map((at) => ({
      path: ["raw", "tries", at],
      message: `the client may not make this call: operations and where of ${g.raw.name} do not let it through`,
    })),
  // The resources that a statement names cannot be known without reading it.
  lookups: () => [],
});
