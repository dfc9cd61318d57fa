import { z } from "zod";
import { REPOSITORY_NAME } from "../../document/grant-forms.ts";
import type { AllowInput, ProbeInput } from "../../document/schema.ts";
import { findingOf } from "../finding-codes.ts";
import { compartmentId, ocidForm } from "../forms.ts";
import { kind } from "../grant.ts";
import { groupStatement } from "../statement.ts";

const schema = z.strictObject({
  /** The repository, by OCID. */
  registry: ocidForm("containerrepo"),
  /** Its name, with the slashes in it: what a statement and a token's scope name. */
  name: z.string().regex(REPOSITORY_NAME, { error: "must be a repository's name: team/web" }),
  /** OCID of the repository's compartment. @default the workload's compartment */
  compartment: compartmentId.optional(),
});
type RegistryGrant = z.infer<typeof schema>;

/** The scope of a token that pulls, as the SDK's documentation of GetAccessToken writes it. */
const scopeOf = (g: RegistryGrant, namespace: string): string => `repository:${namespace}/${g.name}:pull`;

/**
 * Pulling the images of one repository of the Container Registry. Oracle's "Policies to Control Repository Access" has
 * `read repos` with `target.repo.name` for it. Of what the verb grants, its policy reference names REPOSITORY_READ for the
 * reads of a repository's metadata and manifests; which one PullDockerLayer needs is in no table (not confirmed:
 * REPOSITORY_READ), and `inspect`, the other one, pulls nothing. No permission is known for the token, which is given
 * before a policy is there (issue 5 of Oracle's oke-credential-provider-for-ocir).
 */
export const registryGrant = kind<RegistryGrant>({
  key: "registry",
  schema,
  id: (g) => `registry ${g.name}`,
  label: (g) => `pull images of the repository ${g.name}`,
  compartment: (g) => g.compartment,
  statements: (g, ids) => {
    const at = g.compartment ?? ids.workloadCompartmentId;
    // Quoted, not between slashes: names hold slashes.
    const condition = `target.repo.name = '${g.name}'`;
    return [{ compartmentId: at, text: groupStatement(ids.groupId, ["REPOSITORY_READ"], at, [condition]) }];
  },
  allow: (g, ids) => {
    const token: AllowInput["where"] = { "query.scope": scopeOf(g, ids.namespace) };
    const repository: AllowInput["where"] = { "path.repositoryId": g.registry };
    return [
      { operations: ["containerregistry.GetAccessToken"], where: token },
      { operations: ["artifacts.GetContainerRepository"], where: repository },
    ];
  },
  probes: (g, ids) => {
    const short = g.registry.slice(-6);
    const at = g.compartment ?? ids.workloadCompartmentId;
    const target = { id: g.registry, seen: "deployer" } as const;
    const list: ProbeInput = {
      name: `registry-${at.slice(-6)}-list`,
      says: "list the compartment's repositories",
      operation: "artifacts.ListContainerRepositories",
      query: { compartmentId: at },
      target: { id: at, seen: "deployer" },
      expected: "refused",
    };
    return {
      allowed: [
        {
          name: `registry-${short}-token`,
          says: `get a token to pull images of ${g.name}`,
          operation: "containerregistry.GetAccessToken",
          query: { scope: scopeOf(g, ids.namespace) },
          target,
          expected: "allowed",
        },
        {
          name: `registry-${short}-read`,
          says: `read the settings of the repository ${g.name}`,
          operation: "artifacts.GetContainerRepository",
          params: { repositoryId: g.registry },
          target,
          expected: "allowed",
        },
      ],
      refused: [list],
    };
  },
  findings: (g) => [
    findingOf(
      "registry-token",
      `a client is given a token for the registry itself, to pull images of ${g.name}, and the proxy does not see what is done with it. No document says that the registry keeps to a token's scope: where it does not, the token opens, until it expires, whatever the instance may do there.`,
    ),
  ],
  lookups: (g, { compartments }) => [
    {
      operation: "artifacts.GetContainerRepository",
      params: { repositoryId: g.registry },
      what: `repository ${g.registry}`,
      expectedCompartment: g.compartment ?? compartments.workload,
      expected: { displayName: g.name },
    },
  ],
  deployerNeeds: [{ action: "read repos", why: "repositories that are granted exist", optional: true }],
});
