/**
 * Delayed knowledge: OCI's services know of new tags and compartments only some time after they were written.
 * @module
 */

import type { AnyHidden } from "../../state/models.ts";
import type { State } from "../../state/state.ts";

/** Makes a resource usable only when `propagationMs` has passed from now. */
export const propagate = (cloud: State, resource: { hidden: AnyHidden }): void => {
  resource.hidden.usableFromMs = cloud.clock.now() + cloud.settings.propagationMs;
};

/** True when every service knows of a resource by now. */
export const hasPropagated = (cloud: State, { hidden }: { hidden: AnyHidden }): boolean =>
  (hidden.usableFromMs ?? 0) <= cloud.clock.now();
