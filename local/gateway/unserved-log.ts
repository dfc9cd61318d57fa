/**
 * The log of operations that are not imitated, for the person who runs the local OCI, once for each. The
 * client gets the 404 that OCI has for an operation that does not exist, which providers explain by a missing
 * policy.
 * @module
 */
import type { OperationMatch } from "../../oci/operations/index.ts";
import { services } from "../services/index.ts";
import { reasonUnserved } from "../services/unserved.ts";

/** Notes a request of a known caller that no handler serves. */
export type UnservedLog = (at: readonly string[], match: OperationMatch | undefined) => void;

/** @param log takes one line for people */
export const unservedLog = (log: (line: string) => void): UnservedLog => {
  const imitated = new Set(services.map(({ name }) => name));
  const said = new Set<string>();
  const once = (key: string, line: string): void => {
    if (said.has(key)) return;
    said.add(key);
    log(line);
  };
  return (at, match) => {
    if (match && at.some((service) => imitated.has(service))) {
      const { operation } = match;
      const name = `${operation.service}.${operation.name}`;
      const reason = reasonUnserved(operation) ?? "nobody needed it yet";
      once(name, `${name} is not imitated (the response is 404, whatever the policies say): ${reason}`);
    } else if (!at.some((service) => imitated.has(service)))
      once(
        `service ${at[0]}`,
        `the service ${at.join(", ")} is not imitated (the response is 404, whatever the policies say); docs/local.md lists what is`,
      );
  };
};
