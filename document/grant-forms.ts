/** Forms of grants on which the declaration and the suggestions of a refusal must agree. @module */

/**
 * Actions of `core.InstanceAction` that the grant `access: power` lets through. The permission covers more
 * (diagnostic interrupts, migrations), which only a `raw` grant names.
 */
export const POWER_ACTIONS: readonly string[] = ["START", "STOP", "RESET", "SOFTSTOP", "SOFTRESET"];

/** The `prefix` of a bucket's grant: it must stand between quotes in a statement, where `*` is a wildcard. */
export const OBJECT_PREFIX = /^[^'*\\\p{C}]{1,512}$/u;

/** A model of Generative AI by name or OCID, or the endpoint of a dedicated cluster by OCID. */
export const MODEL =
  /^(?:ocid1\.generativeai(?:model|endpoint)\.[\w.-]{1,200}|(?!ocid1\.)[A-Za-z][\w.:-]{0,127})$/;
