/** Limits of OCI's IAM service. @module */

/** Oracle's limits ("Service Limits", IAM), as numbers of things. */
export const LIMITS = {
  policies: 100,
  statementsInPolicy: 50,
  statementsOnPath: 500,
  dynamicGroupsInDomain: 50,
  dynamicGroupsOfInstance: 5,
};
