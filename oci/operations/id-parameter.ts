import { findOperation } from "./table.ts";

/**
 * The path parameter by which an operation names its resource: the last segment of its path, `vcnId` of
 * `/vcns/{vcnId}`.
 * @param operation `service.Operation`
 * @throws Error for an operation that is not in the table, or whose path ends otherwise
 */
export const idParameter = (operation: string): string => {
  const name = /\{(\w+)\}$/.exec(findOperation(operation)?.path ?? "")?.[1];
  if (!name) throw new Error(`${operation}: no operation whose path ends in a resource's id`);
  return name;
};
