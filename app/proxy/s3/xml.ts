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

/**
 * Reads a client's document. Document types are refused, so that no entity is expanded.
 * @param root the name that its outermost element must have
 * @throws S3Error `MalformedXML`
 */
export const readXml = (body: Buffer, root: string): XmlNode => {
  const malformed = (why: string): S3Error => new S3Error("MalformedXML", `the body is no ${root}: ${why}`);
  const text = body.toString("utf8");
  if (/<!DOCTYPE/i.test(text)) throw malformed("it has a document type");
  // A reader that goes into each element by a call of its own ends on too many.
  let depth = 0;
  for (const [tag] of text.matchAll(/<[^!?][^>]*>/g)) {
    depth += tag.startsWith("</") ? -1 : tag.endsWith("/>") ? 0 : 1;
    if (depth > 20) throw malformed("its elements stand too deep in one another");
  }
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
