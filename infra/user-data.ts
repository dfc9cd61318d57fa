const CLOUD_CONFIG = "#cloud-config\n";

/**
 * The instance's user_data, base64. The same for every setting and release: a changed user_data replaces the
 * instance. Not compressed, since zlib's output differs between versions of Node.
 */
export const userData = (): string => Buffer.from(CLOUD_CONFIG, "utf8").toString("base64");
