/** What OCI's services know of only some time after it was written: new tags and compartments. @module */
import type { State } from "../../state/state.ts";
import type { Resource } from "../../state/store.ts";

/** From now on a resource can be used when `propagationMs` has passed. */
export const propagate = (cloud: State, resource: Resource): void => {
  resource.hidden["usableFromMs"] = cloud.clock.now() + cloud.settings.propagationMs;
};

/** Whether every service knows of a resource by now. */
export const hasPropagated = (cloud: State, { hidden }: Resource): boolean =>
  ((hidden["usableFromMs"] as number | undefined) ?? 0) <= cloud.clock.now();
