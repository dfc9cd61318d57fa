/** The headers that belong to an object: its content headers and its metadata. @module */

import type { IncomingHttpHeaders } from "node:http";
import { validateHeaderValue } from "node:http";
import { invalidParameter } from "../../errors.ts";
import type { LocalSettings } from "../../state/settings.ts";

/** Object headers that are stored and returned as they came. */
const KEPT = ["content-type", "content-language", "content-encoding", "cache-control", "content-disposition"];
const PREFIX = "opc-meta-";

/** Throws 400 for metadata over the limit of this local OCI's settings: OCI's is not published. */
const checkSize = (headers: Readonly<Record<string, string>>, { maxMetadataBytes }: LocalSettings): void => {
  const bytes = Object.entries(headers)
    .filter(([name]) => name.startsWith(PREFIX))
    .reduce((sum, [name, value]) => sum + name.length - PREFIX.length + value.length, 0);
  if (maxMetadataBytes && bytes > maxMetadataBytes)
    throw invalidParameter(`metadata: ${bytes} bytes of names and values; at most ${maxMetadataBytes}`);
};

/** The headers of an upload that belong to its object. */
export const keptHeaders = (
  headers: IncomingHttpHeaders,
  settings: LocalSettings,
): Record<string, string> => {
  const kept = Object.fromEntries(
    Object.entries(headers).filter(
      (h): h is [string, string] =>
        typeof h[1] === "string" && h[1] !== "" && (KEPT.includes(h[0]) || h[0].startsWith(PREFIX)),
    ),
  );
  checkSize(kept, settings);
  return kept;
};

/**
 * A member of a JSON body as the header that it becomes. Headers are bytes: what is not ASCII goes out as UTF-8.
 * @throws 400 naming the member, for what no header takes
 */
const headerText = (member: string, text: string): string => {
  const bytes = Buffer.from(text).toString("latin1");
  try {
    validateHeaderValue(member, bytes);
  } catch {
    throw invalidParameter(`${member}: holds a character that no header takes`);
  }
  return bytes;
};

/** Metadata of a JSON body as headers. Keys "must be in opc-meta-* format"; those that are not get the prefix. */
export const metadataHeaders = (
  metadata: Readonly<Record<string, string>> | undefined,
  settings: LocalSettings,
): Record<string, string> => {
  const headers = Object.fromEntries(
    Object.entries(metadata ?? {}).map(([key, value]) => {
      const name = key.toLowerCase().startsWith(PREFIX) ? key.toLowerCase() : `${PREFIX}${key.toLowerCase()}`;
      if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name))
        throw invalidParameter(`metadata.${key}: is no name of a header`);
      return [name, headerText(`metadata.${key}`, value)];
    }),
  );
  checkSize(headers, settings);
  return headers;
};

/** Content headers of a JSON body, by header. Absent ones are left out. @throws 400 as `metadataHeaders` */
export const contentHeaders = (
  members: Readonly<Record<string, string | null | undefined>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(members).flatMap(([header, value]) =>
      value ? [[header, headerText(header, value)]] : [],
    ),
  );
