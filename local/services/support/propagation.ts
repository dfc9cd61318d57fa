/** What OCI's services know of only some time after it was written: new tags and compartments. @module */

import type { AnyHidden } from "../../state/models.ts";
import type { State } from "../../state/state.ts";

/** From now on a resource can be used when `propagationMs` has passed. */
export const propagate = (cloud: State, resource: { hidden: AnyHidden }): void => {
  resource.hidden.usableFromMs = cloud.clock.now() + cloud.settings.propagationMs;
};

/** Whether every service knows of a resource by now. */
export const hasPropagated = (cloud: State, { hidden }: { hidden: AnyHidden }): boolean =>
  (hidden.usableFromMs ?? 0) <= cloud.clock.now();
