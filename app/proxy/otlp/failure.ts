/** OTLP's failures: `google.rpc.Status` with its `message`, in the encoding of the request. @module */
import type { AgentFailure } from "../agents/form.ts";

/** Tag of `message`, field 2, with a length. */
const MESSAGE = 0x12;

const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];

/** A failure's body, and its media type. */
export const failure = (message: string, contentType: string | undefined): AgentFailure => {
  if (!contentType?.toLowerCase().startsWith("application/x-protobuf")) {
    return { type: "application/json", body: JSON.stringify({ message }) };
  }
  const text = Buffer.from(message);
  return {
    type: "application/x-protobuf",
    body: Buffer.concat([Buffer.from([MESSAGE, ...varint(text.length)]), text]),
  };
};
