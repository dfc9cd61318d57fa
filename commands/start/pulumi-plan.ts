/** The engine's account of what it would do, or did: the JSON of `preview` and `refresh`. @module */

/** One step of a plan that changes something. */
export interface Planned {
  /** Operation as the engine names it: `create`, `update`, `replace`, `delete`, …. */
  op: string;
  type: string;
  name: string;
  /** Changed properties: path → `add`, `update`, `delete`, each with `-replace` where it forces a new resource. */
  changes: Readonly<Record<string, string>>;
}

interface PlannedStep {
  op: string;
  urn: string;
  detailedDiff?: Record<string, { kind: string }> | null;
}

/** Steps that change nothing, and the halves of a replacement that is a step of its own. */
const QUIET = new Set(["same", "read", "refresh", "create-replacement", "delete-replaced"]);

/**
 * Reads a plan; steps of components and of the stack itself are left out.
 * @param text standard output of `pulumi preview --json`
 */
export const readPlan = (text: string): Planned[] => {
  const { steps = [] } = JSON.parse(text) as { steps?: PlannedStep[] };
  return steps.flatMap(({ op, urn, detailedDiff }) => {
    const [, , types, name] = urn.split("::") as [string, string, string, string];
    const type = types.split("$").at(-1)!;
    if (QUIET.has(op) || !type.startsWith("oci:")) return [];
    const changes = Object.entries(detailedDiff ?? {}).map(([path, { kind }]) => [path, kind]);
    return [{ op, type, name, changes: Object.fromEntries(changes) as Record<string, string> }];
  });
};
