/**
 * The limit of an instance's metadata, and how it is counted: once, for whoever deploys and whoever refuses.
 * @module
 */

/** OCI's limit for metadata and extended metadata together ("Instance Metadata", LaunchInstance), in bytes. */
export const METADATA_LIMIT_BYTES = 32_000;

/**
 * Counts the size of an instance's metadata in bytes, as JSON in UTF-8: names, values, and what JSON puts
 * around and between them. Oracle does not document what is counted; this is the most that it can be, so that
 * what passes here is not refused there.
 */
export const metadataSizeBytes = (
  metadata: Readonly<Record<string, string>>,
  extended: Readonly<Record<string, unknown>> = {},
): number =>
  [metadata, extended]
    .filter((part) => Object.keys(part).length > 0)
    .reduce((sum, part) => sum + Buffer.byteLength(JSON.stringify(part)), 0);
