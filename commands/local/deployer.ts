/**
 * Rights of the local OCI's deployer: the statements that the README tells people to write, those that some kinds of grants need
 * besides, and no others.
 * @module
 */
import { deployerStatements, grantKinds } from "../../access/index.ts";
import { WELL_KNOWN } from "../../local/bootstrap.ts";

const { app, network, security } = WELL_KNOWN.compartments;

/** A stack with a compartment for each concern, and one with everything in `app`. */
const SCOPES = [
  { network, security, workload: app },
  { network: app, security: app, workload: app },
];

/** The statements, for the local OCI's well-known compartments. */
export const localDeployerStatements = (): string[] => {
  const texts = SCOPES.flatMap((compartments) =>
    deployerStatements({
      group: `id ${WELL_KNOWN.groups.Deployers}`,
      tenancyId: WELL_KNOWN.tenancy,
      compartments,
      name: "keyless",
      uses: { kinds: grantKinds.map((kind) => kind.key) },
    }).map((statement) => statement.text),
  );
  return [...new Set(texts)];
};
