/** ListObjects, in both versions. @module */
import { type AtDoor, bucketOf, numberIn, type S3Handler } from "../door.ts";
import { S3Error } from "../errors.ts";
import { etagOfMd5 } from "../etag.ts";
import { storageClass } from "../metadata.ts";
import { jsonOf } from "../native-errors.ts";
import { respondXml } from "../respond.ts";
import type { XmlPart } from "../xml.ts";

const MAX_KEYS = 1000;

/** An object of a list. */
interface Listed {
  name: string;
  size?: number;
  md5?: string;
  etag?: string;
  timeModified?: string;
  storageTier?: string;
}

/** An object, or the beginning that several names share. */
type Entry = { object: Listed } | { prefix: string };

/** Where a list goes on: at a name, or behind it. */
type Start = { at: string } | { after: string } | undefined;

interface Asked {
  prefix: string;
  delimiter: string;
  most: number;
  start: Start;
}

/** Something that sorts behind a name and everything that begins with it. */
const behindAll = (text: string): string => {
  const points = [...text];
  for (let i = points.length - 1; i >= 0; i -= 1) {
    const next = points[i]!.codePointAt(0)! + 1;
    // Past the surrogates: they are no characters of their own.
    if (next <= 0x10ffff)
      return points.slice(0, i).join("") + String.fromCodePoint(next === 0xd800 ? 0xe000 : next);
  }
  return text;
};

/** No name has a control character here: the least name that a text with one does not sort behind. */
const CONTROL = /[\0-\x1f\x7f]/;
const askable = (text: string): string => {
  const at = text.search(CONTROL);
  if (at === -1) return text;
  return text.slice(0, at) + (text[at] === "\x7f" ? "\x80" : " ");
};

/** The start as OCI is asked for it; what has a control character sorts before the next that has none. */
const startQuery = (start: Start): Record<string, string> => {
  if (start === undefined) return {};
  if ("at" in start) return start.at === "" ? {} : { start: askable(start.at) };
  if (start.after === "") return {};
  return CONTROL.test(start.after) ? { start: askable(start.after) } : { startAfter: start.after };
};

interface Page {
  objects: Listed[];
  prefixes: string[];
  next: string | undefined;
}

const pageOf = async (
  at: AtDoor,
  asked: Asked,
  start: Start,
  delimiter: "/" | undefined,
  limit: number,
): Promise<Page> => {
  const found = jsonOf(
    await at.native.read({
      operation: "ListObjects",
      params: { bucketName: bucketOf(at) },
      query: {
        ...(asked.prefix !== "" && { prefix: asked.prefix }),
        ...startQuery(start),
        ...(delimiter && { delimiter }),
        limit,
        fields: "name,size,etag,md5,timeModified,storageTier",
      },
    }),
    "NoSuchBucket",
  );
  return {
    objects: (found["objects"] as Listed[] | undefined) ?? [],
    prefixes: (found["prefixes"] as string[] | undefined) ?? [],
    next: found["nextStartWith"] as string | undefined,
  };
};

const nameOf = (entry: Entry): string => ("prefix" in entry ? entry.prefix : entry.object.name);

/** OCI's order, and S3's: by bytes of UTF-8, which is that of code points. */
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** One page as OCI makes it: without a delimiter, or with the only one that it has. */
const nativePage = async (at: AtDoor, asked: Asked): Promise<{ entries: Entry[]; next: Start }> => {
  const delimiter = asked.delimiter === "/" ? "/" : undefined;
  const page = await pageOf(at, asked, asked.start, delimiter, asked.most);
  const entries: Entry[] = [
    ...page.objects.map((object) => ({ object })),
    ...page.prefixes.map((prefix) => ({ prefix })),
  ];
  if (page.prefixes.length > 0) entries.sort((a, b) => byBytes(nameOf(a), nameOf(b)));
  return { entries, next: page.next === undefined ? undefined : { at: page.next } };
};

/**
 * Most pages that one list with a delimiter of its own reads: each group costs one, however many names it has. Behind
 * them the list says that it is truncated, as S3's may at any place.
 */
const MAX_PAGES = 100;

/** A page by any other delimiter: names are grouped here, and what a group has is passed over. */
const groupedPage = async (at: AtDoor, asked: Asked): Promise<{ entries: Entry[]; next: Start }> => {
  const { prefix, delimiter, most } = asked;
  const entries: Entry[] = [];
  let start: Start = asked.start;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const page = await pageOf(at, asked, start, undefined, Math.min(MAX_KEYS, most + 1));
    let skipped: string | undefined;
    for (const object of page.objects) {
      if (skipped !== undefined && object.name.startsWith(skipped)) continue;
      const cut = object.name.indexOf(delimiter, prefix.length);
      if (entries.length === most) return { entries, next: { at: object.name } };
      if (cut === -1) entries.push({ object });
      else {
        skipped = object.name.slice(0, cut + delimiter.length);
        entries.push({ prefix: skipped });
      }
    }
    if (page.next === undefined) return { entries, next: undefined };
    start = { at: skipped !== undefined && page.next.startsWith(skipped) ? behindAll(skipped) : page.next };
  }
  return { entries, next: start };
};

/** A list; names with control characters there are none, so that nothing begins with one, or is grouped by one. */
const list = async (at: AtDoor, asked: Asked): Promise<{ entries: Entry[]; next: Start }> => {
  if (CONTROL.test(asked.prefix)) {
    await pageOf(
      at,
      { ...asked, prefix: asked.prefix.replace(/[\0-\x1f\x7f].*$/s, "") },
      undefined,
      undefined,
      1,
    );
    return { entries: [], next: undefined };
  }
  if (asked.most === 0) {
    await pageOf(at, asked, asked.start, undefined, 1);
    return { entries: [], next: undefined };
  }
  return asked.delimiter === "" || asked.delimiter === "/" ? nativePage(at, asked) : groupedPage(at, asked);
};

/** Where a list that is to go on behind a name begins: behind all of a group, where the name is one. */
const behind = (marker: string | undefined, prefix: string, delimiter: string): Start => {
  if (marker === undefined || marker === "") return undefined;
  const isGroup =
    delimiter !== "" &&
    marker.startsWith(prefix) &&
    marker.indexOf(delimiter, prefix.length) === marker.length - delimiter.length &&
    marker.length > prefix.length;
  return isGroup ? { at: behindAll(marker) } : { after: marker };
};

/** `encoding-type=url`: names as in a URL, `/` left as it is. */
const encoder = ({ s3 }: AtDoor): ((text: string) => string) => {
  const type = s3.query.get("encoding-type");
  if (type === undefined || type === "") return (text) => text;
  if (type.toLowerCase() !== "url") throw new S3Error("InvalidArgument", "encoding-type is url, or absent");
  return (text) =>
    encodeURIComponent(text)
      .replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
      .replaceAll("%2F", "/");
};

const contents = (
  entries: readonly Entry[],
  encode: (text: string) => string,
  owner: XmlPart | undefined,
): XmlPart[] =>
  entries.flatMap((entry): XmlPart[] => {
    if ("prefix" in entry) return [];
    const { name, size, md5, etag, timeModified, storageTier } = entry.object;
    return [
      [
        "Contents",
        [
          ["Key", encode(name)],
          ["LastModified", new Date(timeModified ?? 0).toISOString()],
          ["ETag", `"${md5 === undefined ? (etag ?? "") : etagOfMd5(md5)}"`],
          ["Size", size ?? 0],
          ["StorageClass", storageClass(storageTier)],
          ...(owner === undefined ? [] : [owner]),
        ],
      ],
    ];
  });

const commonPrefixes = (entries: readonly Entry[], encode: (text: string) => string): XmlPart[] =>
  entries.flatMap((entry): XmlPart[] =>
    "prefix" in entry ? [["CommonPrefixes", [["Prefix", encode(entry.prefix)]]]] : [],
  );

const ownerOf = ({ client }: AtDoor): XmlPart => [
  "Owner",
  [
    ["ID", client],
    ["DisplayName", client],
  ],
];

export const listObjects: S3Handler = async (at) => {
  const { query } = at.s3;
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const marker = query.get("marker");
  const encode = encoder(at);
  const most = numberIn(at, "max-keys", MAX_KEYS, 0, MAX_KEYS);
  const { entries, next } = await list(at, {
    prefix,
    delimiter,
    most,
    start: behind(marker, prefix, delimiter),
  });
  const last = entries.at(-1);
  respondXml(at.response, at.requestId, "ListBucketResult", [
    ["Name", bucketOf(at)],
    ["Prefix", prefix],
    ["Marker", encode(marker ?? "")],
    ["MaxKeys", most],
    ["Delimiter", delimiter === "" ? undefined : encode(delimiter)],
    ["EncodingType", query.get("encoding-type") || undefined],
    ["IsTruncated", next !== undefined],
    ["NextMarker", next !== undefined && last && delimiter !== "" ? encode(nameOf(last)) : undefined],
    ...contents(entries, encode, ownerOf(at)),
    ...commonPrefixes(entries, encode),
  ]);
};

/** A place in a list, as clients give it back. */
const tokenOf = (start: Start): string | undefined =>
  start === undefined ? undefined : Buffer.from(JSON.stringify(start)).toString("base64url");

const startOf = (token: string): Start => {
  try {
    const start = JSON.parse(Buffer.from(token, "base64url").toString("utf8")) as Record<string, unknown>;
    const at = start["at"] ?? start["after"];
    if (typeof at === "string") return "at" in start ? { at } : { after: at };
  } catch {
    // Said below.
  }
  throw new S3Error("InvalidArgument", "the continuation token is none of a list");
};

export const listObjectsV2: S3Handler = async (at) => {
  const { query } = at.s3;
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const token = query.get("continuation-token");
  const after = query.get("start-after");
  const encode = encoder(at);
  const most = numberIn(at, "max-keys", MAX_KEYS, 0, MAX_KEYS);
  const start = token ? startOf(token) : behind(after, prefix, delimiter);
  const { entries, next } = await list(at, { prefix, delimiter, most, start });
  const owner = query.get("fetch-owner")?.toLowerCase() === "true" ? ownerOf(at) : undefined;
  respondXml(at.response, at.requestId, "ListBucketResult", [
    ["Name", bucketOf(at)],
    ["Prefix", encode(prefix)],
    ["MaxKeys", most],
    ["KeyCount", entries.length],
    ["Delimiter", delimiter === "" ? undefined : encode(delimiter)],
    ["EncodingType", query.get("encoding-type") || undefined],
    ["IsTruncated", next !== undefined],
    ["ContinuationToken", token],
    ["NextContinuationToken", tokenOf(next)],
    ["StartAfter", after === undefined ? undefined : encode(after)],
    ...contents(entries, encode, owner),
    ...commonPrefixes(entries, encode),
  ]);
};
