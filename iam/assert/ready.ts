/**
 * An assertion made ready for a tenancy: names resolved, condition parsed, operations looked up.
 * @module
 */
import type { Representative } from "../compare/principals.ts";
import type { CompiledTenancy } from "../decide/compile.ts";
import { type CompartmentNode, isWithin } from "../decide/directory.ts";
import { nearestWord } from "../../oci/nearest.ts";
import type { Atom } from "../syntax/tree.ts";
import { conditionIn, type ReadyCondition, speaksOf } from "./condition.ts";
import { membersOfEmpty, type Selected, selectPrincipal } from "./principals.ts";
import { operationQuestions, permissionQuestions, type Question } from "./questions.ts";
import type { Assertion, AssertionPath, AssertionProblem } from "./types.ts";
import { pathOf } from "./words.ts";

/** An assertion that can be checked. */
export interface Ready {
  assertion: Assertion;
  /** Its place in the list. */
  index: number;
  /** True for principals who must not be able to do this. */
  concerns: (who: Representative) => boolean;
  /** Principals to look at beside those that statements tell apart. */
  further: readonly Representative[];
  questions: readonly Question[];
  /** The compartment, and those that are looked at: it and all below. */
  place: CompartmentNode;
  places: readonly CompartmentNode[];
  condition: ReadyCondition | undefined;
  /** Comparisons that tell principals apart. */
  atoms: readonly Atom[];
  notes: readonly string[];
}

/** The compartment that a text names, or what is wrong with it. */
const placeOf = ({ directory }: CompiledTenancy, text: string): CompartmentNode | string => {
  const lower = text.trim().toLowerCase();
  if (lower === "tenancy") return directory.root;
  const byId = directory.placeById.get(lower.replace(/^id\s+/, ""));
  if (byId) return byId;
  const child = (place: CompartmentNode, name: string): CompartmentNode | undefined =>
    place.children.find((c) => c.name?.toLowerCase() === name);
  let place: CompartmentNode | undefined = directory.root;
  for (const name of lower.split(":")) place = place && child(place, name.trim());
  if (place) return place;
  const named = directory.places.filter((p) => p.name?.toLowerCase() === lower);
  if (named.length === 1) return named[0]!;
  if (named.length > 1)
    return `found ${text}; more than one compartment has the name: ${named.map(pathOf).join(", ")}`;
  const near = nearestWord(
    lower,
    directory.places.flatMap((p) => p.name?.toLowerCase() ?? []),
  );
  return `found ${text}; no compartment of the tenancy${near ? `; did you mean ${near}?` : ""}`;
};

/** Makes an assertion ready, or says everything that is wrong with it. */
export const readyAssertion = (
  compiled: CompiledTenancy,
  assertion: Assertion,
  index: number,
  partial: boolean,
): { ready?: Ready; problems: AssertionProblem[] } => {
  const { kind, operations, permissions, where, compartment } = assertion;
  const at = (...path: AssertionPath): AssertionPath => [index, kind, ...path];
  const problems: AssertionProblem[] = [];
  const absent: string[] = [];
  const select = (texts: readonly string[], member: string): Selected[] =>
    texts.flatMap((text, i) => {
      const found = selectPrincipal(text, compiled);
      if (typeof found !== "string") return found;
      // A part of a tenancy has not every group: nobody in it is in one that it does not have.
      if (partial && /^(group|dynamic-group|user)\s/i.test(text.trim())) {
        absent.push(`${text} is not in what was checked`);
        return [];
      }
      problems.push({ path: at(member, i), message: `found ${text}; ${found}` });
      return [];
    });
  const principals = select(assertion.principals, "principals");
  const except = select(assertion.except, "except");
  const asked = operations
    ? operationQuestions(operations, at("operations"))
    : permissionQuestions(permissions ?? [], at("permissions"), compiled.statements);
  problems.push(...asked.problems);
  const place = compartment === undefined ? compiled.directory.root : placeOf(compiled, compartment);
  if (typeof place === "string") problems.push({ path: at("compartment"), message: place });
  const read = where === undefined ? undefined : conditionIn(where);
  for (const message of read?.problems ?? [])
    problems.push({ path: at("where"), message: `found ${where}; ${message}` });
  if (operations && read && speaksOf(read.atoms, /^request\.permission$/))
    problems.push({
      path: at("where"),
      message:
        "found request.permission beside operations; allowed: the permissions themselves in place of the operations",
    });
  if (problems.length > 0 || typeof place === "string") return { problems };
  const named = (list: readonly Selected[], who: Representative): boolean => list.some(({ has }) => has(who));
  const all = [...principals, ...except];
  return {
    problems,
    ready: {
      assertion,
      index,
      concerns: (who) =>
        kind === "only" ? !named(principals, who) : named(principals, who) && !named(except, who),
      further: membersOfEmpty(
        all.flatMap(({ groups }) => groups),
        compiled,
      ),
      questions: asked.questions,
      place,
      places: compiled.directory.places.filter((p) => isWithin(p, place)),
      condition: read?.condition,
      atoms: [...all.flatMap(({ atoms }) => atoms), ...(read?.atoms ?? [])],
      notes: [...absent, ...asked.notes, ...(read?.notes ?? [])],
    },
  };
};
