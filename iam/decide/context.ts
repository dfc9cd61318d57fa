/**
 * The values that conditions read while a request is decided.
 * @module
 */
import type { CompartmentNode } from "./directory.ts";
import { parseInstant } from "./time.ts";
import type { Request } from "./types.ts";
import { toValues, type VariableValues } from "./values.ts";

/** A group or dynamic group that the principal is in. */
export interface Membership {
  id: string;
  tags: Readonly<Record<string, string | readonly string[]>> | undefined;
}

/** One request while it is decided. */
export class DecisionContext {
  readonly request: Request;
  readonly place: CompartmentNode;
  readonly memberships: readonly Membership[];
  /** Places by index, for the tags of the compartments above. */
  readonly places: readonly CompartmentNode[];
  /** The permission that is asked for now: conditions are evaluated once for each. */
  permission = "";
  /** The effect of the statement that is looked at now. */
  effect: "allow" | "deny" = "allow";
  /** The user's name, where the tenancy knows it. */
  readonly userName: string | undefined;
  /** Milliseconds since 1970; undefined when the request has no time, or none that can be read. */
  readonly time: number | undefined;
  /** The places of the principal's tenancy. */
  readonly homePlaces: readonly CompartmentNode[];
  private supplied: Map<string, VariableValues | undefined> | undefined;

  constructor(
    request: Request,
    place: CompartmentNode,
    places: readonly CompartmentNode[],
    memberships: readonly Membership[],
    userName: string | undefined,
    homePlaces: readonly CompartmentNode[] = places,
  ) {
    this.request = request;
    this.place = place;
    this.places = places;
    this.memberships = memberships;
    this.userName = userName;
    this.homePlaces = homePlaces;
    this.time = request.time === undefined ? undefined : parseInstant(request.time);
  }

  /**
   * The values that the request gives for a variable.
   * @param name in lower case
   * @returns undefined when it gives none; `null` when it says that the variable does not apply
   */
  given(name: string): VariableValues | null | undefined {
    const { variables } = this.request;
    if (!variables) return undefined;
    if (!this.supplied) {
      this.supplied = new Map();
      for (const key in variables) this.supplied.set(key.toLowerCase(), toValues(variables[key]));
    }
    const values = this.supplied.get(name);
    return values ?? (this.supplied.has(name) ? null : undefined);
  }
}
