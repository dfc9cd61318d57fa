/**
 * Reads a list of assertions from plain data, with every error at once.
 * @module
 */
import { nearestWord } from "../../oci/nearest.ts";
import type { Assertion, AssertionPath, AssertionProblem } from "./types.ts";

const OUTER = ["never", "only", "name", "because"];
const INNER = ["principals", "except", "operations", "permissions", "compartment", "where"];

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const found = (value: unknown): string => {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
};

/** A reader of one list that keeps what is wrong. */
class Reader {
  readonly problems: AssertionProblem[] = [];

  problem(path: AssertionPath, message: string): void {
    this.problems.push({ path, message });
  }

  /** Says which names of a map are none. */
  names(path: AssertionPath, value: Record<string, unknown>, allowed: readonly string[]): void {
    for (const name of Object.keys(value)) {
      if (allowed.includes(name)) continue;
      const near = nearestWord(name, allowed);
      const meant = near ? `; did you mean ${near}?` : "";
      this.problem([...path, name], `found ${name}; allowed: ${allowed.join(", ")}${meant}`);
    }
  }

  text(path: AssertionPath, value: unknown, what: string): string | undefined {
    if (value === undefined) return undefined;
    if (typeof value === "string" && value.trim() !== "") return value;
    this.problem(path, `found ${found(value)}; allowed: ${what}`);
    return undefined;
  }

  /** A list of texts; one text is a list of one. */
  texts(path: AssertionPath, value: unknown, what: string): string[] | undefined {
    if (value === undefined) return undefined;
    if (typeof value === "string") return [this.text(path, value, what) ?? ""];
    if (Array.isArray(value) && value.length > 0)
      return value.map((item, i) => this.text([...path, i], item ?? null, what) ?? "");
    this.problem(path, `found ${found(value)}; allowed: a list of one or more, each ${what}`);
    return undefined;
  }

  assertion(i: number, value: unknown): Assertion | undefined {
    if (!isMap(value)) {
      this.problem([i], `found ${found(value)}; allowed: a map with never or only`);
      return undefined;
    }
    this.names([i], value, OUTER);
    const kinds = (["never", "only"] as const).filter((kind) => kind in value);
    const [kind] = kinds;
    if (kind === undefined || kinds.length > 1) {
      this.problem(
        [i],
        `found ${kind ? "never and only" : "neither never nor only"}; allowed: one of the two`,
      );
      return undefined;
    }
    const body = value[kind];
    const at = [i, kind];
    if (!isMap(body)) {
      this.problem(at, `found ${found(body)}; allowed: a map of ${INNER.join(", ")}`);
      return undefined;
    }
    this.names(at, body, INNER);
    const principal = "a principal, as `group Ops`";
    const principals = this.texts([...at, "principals"], body["principals"], principal);
    const except = this.texts([...at, "except"], body["except"], principal);
    const operations = this.texts(
      [...at, "operations"],
      body["operations"],
      "an operation, as GetSecretBundle",
    );
    const permissions = this.texts(
      [...at, "permissions"],
      body["permissions"],
      "a permission, as SECRET_BUNDLE_READ",
    );
    const compartment = this.text(
      [...at, "compartment"],
      body["compartment"],
      "a compartment's path, name or OCID",
    );
    const where = this.text([...at, "where"], body["where"], "a condition of the policy language");
    if ("operations" in body === "permissions" in body)
      this.problem(
        at,
        `found ${"operations" in body ? "operations and permissions" : "neither operations nor permissions"}; allowed: one of the two`,
      );
    if (kind === "only" && !("principals" in body))
      this.problem(at, "found no principals; allowed: those who alone can do this");
    if (kind === "only" && "except" in body)
      this.problem([...at, "except"], "found except; allowed: with never. Those who may stand in principals");
    const name = this.text([i, "name"], value["name"], "a text");
    const because = this.text([i, "because"], value["because"], "a text");
    return {
      kind,
      ...(name !== undefined && { name }),
      ...(because !== undefined && { because }),
      principals: principals ?? ["any-user"],
      except: except ?? [],
      ...(operations && { operations }),
      ...(permissions && { permissions }),
      ...(compartment !== undefined && { compartment }),
      ...(where !== undefined && { where }),
    };
  }
}

/**
 * Reads assertions.
 * @param value a list as YAML or JSON gives it: of `{ never: {…} }` or `{ only: {…} }`, with `name` and `because`
 * @returns the assertions, and every problem of their form; names are looked up later, in a tenancy
 */
export const readAssertions = (
  value: unknown,
): { assertions: readonly Assertion[]; problems: readonly AssertionProblem[] } => {
  if (!Array.isArray(value))
    return {
      assertions: [],
      problems: [{ path: [], message: `found ${found(value)}; allowed: a list of assertions` }],
    };
  const reader = new Reader();
  const assertions = value.flatMap((item, i) => reader.assertion(i, item) ?? []);
  return { assertions: reader.problems.length > 0 ? [] : assertions, problems: reader.problems };
};
