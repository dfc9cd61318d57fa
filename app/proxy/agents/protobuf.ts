/**
 * Reads protobuf by a table of fields into what the JSON mapping of protobuf would give: names in lowerCamelCase, 64-bit
 * integers as their digits. Fields that the table does not know, or of another wire type, are skipped. Entries are read
 * only when they are asked for, so that other callers have their turn between them.
 * @module
 */
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { ProxyError } from "../errors.ts";
import { MAX_ENTRIES } from "./form.ts";

/** A field's type; a function gives that of a message, which may lie further down in the file. */
type FieldType =
  | "string"
  | "bool"
  | "int32"
  | "int64"
  | "fixed32"
  | "fixed64"
  | "sfixed64"
  | "double"
  | "base64"
  | "hex"
  | (() => MessageType);

/** A message's fields by number; behind a name `[]`: there may be several, `[entry]`: entries, each a function that reads it. */
export type MessageType = Readonly<Record<number, readonly [name: string, type: FieldType]>>;

/** Messages and fields that are read in one go, while other callers wait. */
const MAX_MESSAGES = 50_000;
const MAX_FIELDS = 500_000;
const MAX_DEPTH = 32;

const WIRE: Readonly<Record<Exclude<FieldType, () => MessageType>, WireType>> = {
  string: WireType.LengthDelimited,
  bool: WireType.Varint,
  int32: WireType.Varint,
  int64: WireType.Varint,
  fixed32: WireType.Bit32,
  fixed64: WireType.Bit64,
  sfixed64: WireType.Bit64,
  double: WireType.Bit64,
  base64: WireType.LengthDelimited,
  hex: WireType.LengthDelimited,
};

const tooMany = (count: number, what: string): ProxyError =>
  new ProxyError("BodyTooLarge", `the body has more than ${count} ${what}: send fewer at once`);

class Body {
  readonly #bytes: Buffer;
  readonly #reader: BinaryReader;
  #messages = 0;
  #fields = 0;
  #entries = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#reader = new BinaryReader(bytes);
  }

  message(type: MessageType, end: number, depth: number): Record<string, unknown> {
    this.#messages += 1;
    if (this.#messages > MAX_MESSAGES)
      throw tooMany(MAX_MESSAGES, "protobuf messages around its entries, or in one");
    if (depth > MAX_DEPTH)
      throw new ProxyError("BadBody", `the body is nested deeper than ${MAX_DEPTH} levels`);
    const reader = this.#reader;
    const value: Record<string, unknown> = {};
    while (reader.pos < end) {
      const [number, wire] = reader.tag();
      this.#fields += 1;
      if (this.#fields > MAX_FIELDS)
        throw tooMany(MAX_FIELDS, "protobuf fields around its entries, or in one");
      const field = type[number];
      const isMessage = typeof field?.[1] === "function";
      if (!field || wire !== (isMessage ? WireType.LengthDelimited : WIRE[field[1] as keyof typeof WIRE])) {
        reader.skip(wire, number, MAX_DEPTH);
        continue;
      }
      const [name, of] = field;
      const bracket = name.indexOf("[");
      const one = name.endsWith("[entry]")
        ? this.#entry(of as () => MessageType, end)
        : this.#value(of, end, depth);
      if (bracket === -1) value[name] = one;
      else {
        const member = name.slice(0, bracket);
        const list = value[member] as unknown[] | undefined;
        if (list) list.push(one);
        else value[member] = [one];
      }
    }
    if (reader.pos !== end) throw new RangeError("a field runs over the end of its message");
    return value;
  }

  #value(of: FieldType, end: number, depth: number): unknown {
    const reader = this.#reader;
    if (typeof of === "function") return this.message(of(), this.#endOf(end), depth + 1);
    switch (of) {
      case "string":
        return this.#text("utf8", end);
      case "base64":
      case "hex":
        return this.#text(of, end);
      case "bool":
        return reader.bool();
      case "int32":
        return reader.int32();
      case "fixed32":
        return reader.fixed32();
      case "double":
        return reader.double();
      default:
        return String(reader[of]());
    }
  }

  /** Passes an entry by, to be read when it is asked for. */
  #entry(of: () => MessageType, end: number): () => Record<string, unknown> {
    this.#entries += 1;
    if (this.#entries > MAX_ENTRIES) throw tooMany(MAX_ENTRIES, "entries");
    const to = this.#endOf(end);
    const bytes = this.#bytes.subarray(this.#reader.pos, to);
    this.#reader.pos = to;
    return () => readProtobuf(bytes, of());
  }

  /** The end of what a length stands before. */
  #endOf(end: number): number {
    const length = this.#reader.uint32();
    const to = this.#reader.pos + length;
    if (to > end) throw new RangeError("a length runs over the end of its message");
    return to;
  }

  #text(encoding: BufferEncoding, end: number): string {
    const to = this.#endOf(end);
    const text = this.#bytes.toString(encoding, this.#reader.pos, to);
    this.#reader.pos = to;
    return text;
  }
}

/**
 * Decodes a body; linear in its length.
 * @throws ProxyError `BadBody`, or `BodyTooLarge` for too many messages
 */
export const readProtobuf = (body: Buffer, type: MessageType): Record<string, unknown> => {
  try {
    return new Body(body).message(type, body.length, 0);
  } catch (error) {
    if (error instanceof ProxyError) throw error;
    throw new ProxyError(
      "BadBody",
      `the body is not the protobuf that it must be: ${(error as Error).message}`,
    );
  }
};
