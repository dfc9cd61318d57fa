import { nearestWord } from "../../../oci/nearest.ts";
import { asCondition, atomsOf } from "../conditions.ts";
import type { MatchingRuleRule } from "../types.ts";

/** Types of resource principals that published rules and Oracle's pages name. */
const TYPES = new Set(
  (
    "instance fnfunc apigateway apideployment autonomousdatabase database dbsystem dbnode cluster nodepool virtualnode workload " +
    "computecontainerinstance serviceconnector datasciencenotebooksession datasciencejobrun datasciencemodeldeployment " +
    "datasciencepipelinerun datasciencemodel dataflowrun dataflowapplication datacatalog datacatalogprivateendpoint " +
    "datacatalogmetastore disworkspace disapplication devopsbuildpipeline devopsdeploypipeline devopsrepository devopsconnection " +
    "devopstrigger goldengatedeployment resourceschedule certificateauthority certificate managementagent genaiagent " +
    "genaiagentdataingestionjob datalabelingdataset analyticsinstance integrationinstance vault vaultsecret bucket stream " +
    "ormjob ormstack bastion loadbalancer mysqldbsystem opensearchcluster queue visualbuilderinstance odainstance"
  ).split(" "),
);

export const ruleResourceType: MatchingRuleRule = {
  code: "rule-resource-type",
  severity: "info",
  explanation:
    "Types of resource principals are singular words without hyphens; a misspelt one matches nothing.",
  fix: "Write the type as its service's documentation has it: singular, without hyphens.",
  before: "All {resource.type = 'fnfun'}",
  after: "All {resource.type = 'fnfunc'}",
  check: (rule) =>
    atomsOf(asCondition(rule)).flatMap((a) => {
      if (
        a.kind !== "compare" ||
        a.value.kind !== "string" ||
        a.variable.name.toLowerCase() !== "resource.type"
      )
        return [];
      const { text } = a.value;
      if (TYPES.has(text.toLowerCase())) return [];
      const near = nearestWord(text, TYPES);
      return [
        { message: `'${text}' is no type known here${near ? `; did you mean "${near}"?` : ""}`, at: a.value },
      ];
    }),
};
