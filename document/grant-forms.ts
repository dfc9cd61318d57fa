/** Forms of grants on which the declaration and the suggestions of a refusal must agree. @module */

/**
 * Actions of `core.InstanceAction` that the grant `access: power` lets through. The permission covers more
 * (diagnostic interrupts, migrations), which only a `raw` grant names.
 */
export const POWER_ACTIONS: readonly string[] = ["START", "STOP", "RESET", "SOFTSTOP", "SOFTRESET"];

/** The `prefix` of a bucket's grant: it must stand between quotes in a statement, where `*` is a wildcard. */
export const OBJECT_PREFIX = /^[^'*\\\p{C}]{1,512}$/u;

/** A DNS name as it stands in a statement: in lower case, without `*`, which is a wildcard there, and without a last dot. */
export const DNS_NAME = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*$/;

/** A type of DNS records. */
export const RECORD_TYPE = /^[A-Z][A-Z0-9]{0,15}$/;

/** A repository of the Container Registry: names with slashes between them, without `*`, a wildcard in a statement. */
export const REPOSITORY_NAME =
  /^(?=.{1,255}$)[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/;

/** A model of Generative AI by name or OCID, or the endpoint of a dedicated cluster by OCID. */
export const MODEL =
  /^(?:ocid1\.generativeai(?:model|endpoint)\.[\w.-]{1,200}|(?!ocid1\.)[A-Za-z][\w.:-]{0,127})$/;
