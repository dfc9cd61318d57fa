/**
 * Forms of operations that older clients still use. Generative AI in OpenAI's form had another path and another header for
 * the compartment; `oci-openai` 1.1.0 uses that path, and sends both headers to either.
 * @module
 */

const OLDER = "/20231130/actions/v1/";
const NEWER = "/openai/v1/";

/** The path of today for one of an older form; undefined where it is none. It is matched, never sent. */
export const newerPath = (service: string, path: string): string | undefined =>
  service === "generativeaiinference" && path.startsWith(OLDER)
    ? `${NEWER}${path.slice(OLDER.length)}`
    : undefined;

/** The rest of a path in OpenAI's form, as `chat/completions`; undefined for any other. */
export const openaiPath = (service: string, path: string): string | undefined => {
  const newer = newerPath(service, path) ?? path;
  return service === "generativeaiinference" && newer.startsWith(NEWER)
    ? newer.slice(NEWER.length)
    : undefined;
};

/** The other name under which a header is sent too; undefined where there is none. */
export const olderHeader = (service: string, name: string): string | undefined =>
  service === "generativeaiinference" && name === "opc-compartment-id" ? "compartmentid" : undefined;
