import type { Settings } from "./settings/settings.ts";

/** Tags that every resource of the stack gets. */
export interface WorkloadTags {
  freeformTags: Record<string, string>;
  definedTags?: Record<string, string>;
}

/** Name of the free-form tag by which a stack's resources are found again. */
export const STACK_TAG = "keyless-stack";

/** The stack's own tag beside those of the settings; the stack's own wins. */
export const workloadTags = (settings: Settings): WorkloadTags => ({
  freeformTags: {
    ...settings.freeformTags,
    [STACK_TAG]: `${settings.project}/${settings.stack}`,
    ...(settings.ephemeral && { "keyless-ephemeral": "true" }),
  },
  ...(Object.keys(settings.definedTags).length > 0 && { definedTags: settings.definedTags }),
});
