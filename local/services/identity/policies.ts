/** Policies: statements are checked, and their names resolved, when they are written. @module */
import { z } from "zod";
import {
  parseStatement,
  printStatement,
  resolveNames,
  type SyntaxProblem,
  type Tenancy,
} from "../../../iam/index.ts";
import { invalidParameter, missingParameter, serviceLimit } from "../../errors.ts";
import { tenancyNow } from "../../front/tenancy.ts";
import { listReply } from "../../list.ts";
import type { Call, Handler } from "../../service.ts";
import { readBody } from "../support/body.ts";
import { answer, compartmentTarget } from "../support/resources.ts";
import {
  checkName,
  create,
  description,
  findIdentity,
  homeOnly,
  type IdentityResource,
  identityName,
  identityTarget,
  liveOf,
  remove,
  tagChanges,
  update,
} from "./common.ts";

/** docs.oracle.com "IAM Limits": policies of a tenancy, statements of a policy. */
const MAX_POLICIES = 100;
const MAX_STATEMENTS = 50;

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
const createBody = z.object({
  compartmentId: z.string(),
  name: policyName,
  description,
  statements,
  versionDate,
  ...tagChanges,
});
const updateBody = z.object({
  description: description.optional(),
  statements: statements.optional(),
  versionDate,
  ...tagChanges,
});

const one = (call: Call): IdentityResource => findIdentity(call, "policy", call.params["policyId"]);
const target = (call: Call) => identityTarget(one(call), "target.policy");

/** Text: oracle/oci-python-sdk#96. */
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

/** Every statement resolved, in order. @throws 400 for the first that is wrong, or too many */
const resolveAll = (call: Call, texts: readonly string[], attachedTo: string): string[] => {
  if (texts.length > MAX_STATEMENTS) throw serviceLimit("policy-statement-count");
  const tenancy = tenancyNow(call.cloud);
  return texts.map((text) => resolve(text, tenancy, attachedTo));
};

/** Handlers for policies. */
export const policies: Readonly<Record<string, Handler>> = {
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
        if (liveOf(call, "policy").length >= MAX_POLICIES) throw serviceLimit("policy-count");
        const model = { ...body, ...(version && { versionDate: version }) };
        // Active at once: its ETag must stay while nothing changes.
        return answer(create(call, "policy", model, { freeformTags, definedTags }, { hidden: { resolved } }));
      },
    },
    UpdatePolicy: {
      target,
      run: (call) => {
        const policy = one(call);
        const { versionDate: version, ...body } = readBody(call, updateBody);
        if (body.statements) {
          policy.hidden["resolved"] = resolveAll(call, body.statements, policy.model.compartmentId);
        }
        if (version === null) delete policy.model["versionDate"];
        return update(call, policy, { ...body, ...(version && { versionDate: version }) });
      },
    },
    DeletePolicy: { target, run: (call) => remove(call, one(call)) },
  }),
  GetPolicy: { target, run: (call) => answer(one(call)) },
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
};
