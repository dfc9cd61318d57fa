/** Policies: statements are checked, and their names resolved, when they are written. @module */
import type { IdentityClient, models } from "oci-identity";
import { z } from "zod";
import {
  LIMITS,
  parseStatement,
  printStatement,
  resolveNames,
  type SyntaxProblem,
  statementsOnPaths,
  type Tenancy,
} from "../../../iam/core.ts";
import { invalidParameter, missingParameter, serviceLimit } from "../../errors.ts";
import { tenancyNow } from "../../gateway/tenancy.ts";
import { listReply } from "../../list.ts";
import type { Handlers } from "../../sdk.ts";
import type { Call } from "../../service.ts";
import { details, readBody } from "../support/body.ts";
import { compartmentTarget, responseOf } from "../support/resources.ts";
import {
  checkName,
  create,
  description,
  findIdentity,
  homeOnly,
  identityName,
  identityTarget,
  liveOf,
  remove,
  tagChanges,
  update,
} from "./common.ts";

const statements = z.array(z.string().min(1)).min(1);
const versionDate = z.union([z.iso.date(), z.iso.datetime({ offset: true })]).nullish();
const policyName = z.union([
  identityName,
  z
    .string()
    .min(1)
    .max(100)
    .regex(/^[\w.+@ -]+$/),
]);
const createBody = details<models.CreatePolicyDetails>()({
  compartmentId: z.string(),
  name: policyName,
  description,
  statements,
  versionDate,
  ...tagChanges,
});
const updateBody = details<models.UpdatePolicyDetails>()({
  description: description.optional(),
  statements: statements.optional(),
  versionDate,
  ...tagChanges,
});

const one = (call: Call<"policyId">) => findIdentity(call, "policy", call.params["policyId"]);
const target = (call: Call<"policyId">) => identityTarget(one(call), "target.policy");

/** The error for a statement that does not parse. Text: oracle/oci-python-sdk#96. */
const syntaxError = ({ found, line, column }: SyntaxProblem): Error =>
  invalidParameter(`'syntax error starting with ${found || "<<EOF>>"}'@'line ${line}, char ${column}' \n`);

/** A statement with OCIDs for its names. @throws 400 as OCI words it */
const resolve = (text: string, tenancy: Tenancy, attachedTo: string): string => {
  const parsed = parseStatement(text);
  if (!parsed.ok) throw syntaxError(parsed.error);
  const { statement } = parsed;
  if (statement.kind !== "define" && statement.effect === "deny" && !tenancy.denyEnabled) {
    throw invalidParameter("Deny statement passed into a Allow compilation");
  }
  const { statement: resolved, errors } = resolveNames(statement, tenancy, attachedTo);
  if (errors[0]) throw invalidParameter(errors[0]);
  return printStatement(resolved);
};

/** @throws 400 when some path of compartments would have more statements than it may. The limit's name is unverified. */
const checkPaths = (tenancy: Tenancy, texts: readonly string[], attachedTo: string, before: number): void => {
  const policies = [...tenancy.policies!, { compartment: attachedTo, statements: texts.slice(before) }];
  const most = Math.max(
    ...statementsOnPaths({ ...tenancy, policies })
      .filter(({ place }) => isBelow(place, attachedTo))
      .map(({ count }) => count),
  );
  if (most > LIMITS.statementsOnPath) throw serviceLimit("compartment-hierarchy-policy-statement-count");
};

type Path = ReturnType<typeof statementsOnPaths>[number]["place"];

const isBelow = (place: Path | undefined, id: string): boolean =>
  place !== undefined && (place.id === id.toLowerCase() || isBelow(place.parent, id));

/**
 * Every statement resolved, in order.
 * @param before number of statements that the policy has now
 * @throws 400 for the first that is wrong, or too many
 */
const resolveAll = (call: Call, texts: readonly string[], attachedTo: string, before = 0): string[] => {
  if (texts.length > LIMITS.statementsInPolicy) throw serviceLimit("policy-statement-count");
  const tenancy = tenancyNow(call.cloud);
  const resolved = texts.map((text) => resolve(text, tenancy, attachedTo));
  checkPaths(tenancy, texts, attachedTo, before);
  return resolved;
};

/** Handlers for policies. */
export const policies = {
  ...homeOnly({
    CreatePolicy: {
      target: (call) => compartmentTarget(call, readBody(call, createBody).compartmentId),
      run: (call) => {
        const { freeformTags, definedTags, versionDate: version, ...body } = readBody(call, createBody);
        const resolved = resolveAll(call, body.statements, body.compartmentId);
        checkName(call, "policy", body.name, {
          code: "PolicyAlreadyExists",
          text: (name) => `Policy '${name}' already exists`, // oracle-quickstart/oci-cloudnative#23
        });
        if (liveOf(call, "policy").length >= LIMITS.policies) throw serviceLimit("policy-count");
        const model = { ...body, ...(version && { versionDate: version }) };
        // Active at once: its ETag must stay while nothing changes.
        return responseOf(
          create(call, "policy", model, { freeformTags, definedTags }, { hidden: { resolved } }),
        );
      },
    },
    UpdatePolicy: {
      target,
      run: (call) => {
        const policy = one(call);
        const { versionDate: version, ...body } = readBody(call, updateBody);
        const before = policy.model.statements.length;
        const resolved =
          body.statements && resolveAll(call, body.statements, policy.model.compartmentId, before);
        const reply = update(call, policy, { ...body, ...(version && { versionDate: version }) });
        // Only now: an update that is refused changes nothing of what the policy grants.
        if (version === null) delete policy.model.versionDate;
        if (resolved) policy.hidden.resolved = resolved;
        return reply;
      },
    },
    DeletePolicy: { target, run: (call) => remove(call, one(call)) },
  }),
  GetPolicy: { target, run: (call) => responseOf(one(call)) },
  ListPolicies: {
    target: (call) => {
      const id = call.query.get("compartmentId");
      if (!id) throw missingParameter("compartmentId");
      return compartmentTarget(call, id);
    },
    run: (call) => {
      const wanted = call.query.get("compartmentId");
      const found = liveOf(call, "policy").filter((p) => p.model.compartmentId === wanted);
      return listReply(
        call,
        found.map((p) => p.model),
        { filters: ["name", "lifecycleState"] },
      );
    },
  },
} satisfies Handlers<IdentityClient>;
