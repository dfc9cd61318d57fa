/**
 * The members of operations' JSON bodies, from the models of Oracle's SDK. Declarations are checked with them; the proxy
 * has no use for them, and its bundle does not have them.
 * @module
 */
import data from "./body-members.data.json" with { type: "json" };

/** By service: `Operation: member member …`. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = data;

/**
 * The names of the members that an operation's body may have at its top, of every form that it takes.
 * @param qualifiedName `service.Operation`
 * @returns undefined where the SDK has no model of its body: none, a list, or no JSON
 */
export const bodyMembersOf = (qualifiedName: string): readonly string[] | undefined => {
  const [service = "", name = ""] = qualifiedName.split(".");
  const own = Object.hasOwn(MEMBERS, service) ? MEMBERS[service]! : [];
  const line = own.find((one) => one.startsWith(`${name}: `));
  return line?.slice(name.length + 2).split(" ");
};
