/** S3's XML: documents of clients read, responses written. @module */
import { parseXml, XmlElement, XmlText } from "@rgrove/parse-xml";
import { S3Error } from "./errors.ts";

/** Size of the largest document that an operation takes, in bytes: a thousand keys of 1,024 bytes, escaped. */
export const MAX_DOCUMENT_BYTES = 8 * 1024 * 1024;

/** An element: its text, and its children by name. */
export interface XmlNode {
  name: string;
  text: string;
  children: readonly XmlNode[];
}

const nodeOf = (element: XmlElement): XmlNode => {
  const children: XmlNode[] = [];
  let text = "";
  for (const child of element.children) {
    if (child instanceof XmlElement) children.push(nodeOf(child));
    else if (child instanceof XmlText) text += child.text;
  }
  return { name: element.name.replace(/^.*:/, ""), text, children };
};

/** What a document may have at most: reading takes the event loop's time, and memory, for each. */
interface XmlLimits {
  elements: number;
  /** `&amp;` and the like. */
  references: number;
}

/** By its root: a thousand objects, ten thousand parts, each with everything that S3 says of one. */
const LIMITS = {
  Delete: { elements: 8000, references: 100_000 },
  CompleteMultipartUpload: { elements: 100_000, references: 100_000 },
} as const satisfies Record<string, XmlLimits>;
/** Documents that clients send. */
export type XmlRoot = keyof typeof LIMITS;
const MAX_DEPTH = 20;
const AMPERSAND = 0x26;

/** What comments, sections of text and instructions begin and end with. */
const SPANS = [
  ["<!--", "-->"],
  ["<![CDATA[", "]]>"],
  ["<?", "?>"],
] as const;

/** The place of a tag's `>`; -1 where it has none. Values of attributes may have one of their own. */
const endOfTag = (text: string, from: number, attribute: () => void): number => {
  for (let i = from; i < text.length; i += 1) {
    const c = text[i]!;
    if (c === ">") return i;
    if (c !== '"' && c !== "'") continue;
    attribute();
    i = text.indexOf(c, i + 1);
    if (i === -1) return -1;
  }
  return -1;
};

/**
 * Counts what a document has before it is read, each character once.
 * @returns what is wrong with it; undefined for nothing
 */
const excess = (text: string, limits: XmlLimits): string | undefined => {
  let depth = 0;
  let marks = 0;
  for (let at = text.indexOf("<"); at !== -1; at = text.indexOf("<", at)) {
    marks += 1;
    const span = SPANS.find(([open]) => text.startsWith(open, at));
    if (!span && text[at + 1] === "!") return "it has a document type";
    const end = span
      ? text.indexOf(span[1], at + span[0].length)
      : endOfTag(text, at + 1, () => {
          marks += 1;
        });
    if (end === -1) return "it is not well-formed";
    if (!span) depth += text[at + 1] === "/" ? -1 : text[end - 1] === "/" ? 0 : 1;
    // A reader that goes into each element by a call of its own ends on too many.
    if (depth > MAX_DEPTH) return "its elements stand too deep in one another";
    // An element has two tags.
    if (marks > 2 * limits.elements) return `it has more than ${limits.elements} elements and attributes`;
    at = end;
  }
  let references = 0;
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) === AMPERSAND) references += 1;
  return references > limits.references ? `it has more than ${limits.references} references` : undefined;
};

/**
 * Reads a client's document. Document types are refused, so that no entity is expanded.
 * @param root the name that its outermost element must have
 * @throws S3Error `MalformedXML`
 */
export const readXml = (body: Buffer, root: XmlRoot): XmlNode => {
  const malformed = (why: string): S3Error => new S3Error("MalformedXML", `the body is no ${root}: ${why}`);
  const text = body.toString("utf8");
  const wrong = excess(text, LIMITS[root]);
  if (wrong !== undefined) throw malformed(wrong);
  let element: XmlElement | null;
  try {
    element = parseXml(text).root;
  } catch {
    throw malformed("it is not well-formed");
  }
  if (element === null) throw malformed("it is empty");
  const node = nodeOf(element);
  if (node.name !== root) throw malformed(`its element is ${node.name.slice(0, 60)}`);
  return node;
};

/** The first child's text; undefined where there is none. */
export const childText = (node: XmlNode, name: string): string | undefined =>
  node.children.find((child) => child.name === name)?.text;

/** What an element holds: text, or elements; `undefined` members are left out. */
export type XmlContent = string | number | boolean | readonly XmlPart[];
/** An element by name and content, with attributes as they are written. */
export type XmlPart = readonly [name: string, content: XmlContent | undefined, attributes?: string];

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** XML has no other controls than these three, not even escaped: a reader would give up at them. */
const escaped = (text: string): string =>
  text
    .replace(/[&<>"']/g, (c) => ESCAPES[c]!)
    .replace(/\r/g, "&#13;")
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd");

const printed = ([name, content, attributes]: XmlPart): string => {
  if (content === undefined) return "";
  const inner = typeof content === "object" ? content.map(printed).join("") : escaped(String(content));
  const open = attributes === undefined ? name : `${name} ${attributes}`;
  return inner === "" ? `<${open}/>` : `<${open}>${inner}</${name}>`;
};

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

/** A response's document. */
export const writeXml = (root: string, content: readonly XmlPart[] | string, namespace = true): Buffer => {
  const inner = typeof content === "string" ? escaped(content) : content.map(printed).join("");
  const open = namespace ? `${root} xmlns="${NAMESPACE}"` : root;
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n<${open}>${inner}</${root}>`);
};
