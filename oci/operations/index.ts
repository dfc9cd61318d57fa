/** The table of OCI's operations, and the way from a request to one of them. @module */
export { idParameter } from "./id-parameter.ts";
export { GREEDY, matchOperation, type OperationMatch } from "./match.ts";
export { olderHeader, openaiPath } from "./older-forms.ts";
export {
  allOperations,
  findOperation,
  findOperations,
  operationsOf,
  sdkVersion,
  services,
} from "./table.ts";
export type { Operation, OperationPermissions } from "./types.ts";
