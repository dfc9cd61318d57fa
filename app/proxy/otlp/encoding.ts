/** The two encodings of OTLP over HTTP: what is read in one is answered in the same. @module */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { parseJsonBody } from "../../../document/rules/json-body.ts";
import type { AgentReply, CallResponse } from "../agents/form.ts";
import { type MessageType, readProtobuf } from "../agents/protobuf.ts";
import type { Rejected } from "../agents/rejected.ts";
import { failureHeaders, failureText } from "../agents/service-answers.ts";
import { failure } from "./failure.ts";
import { type Members, members } from "./values.ts";

/** Media types that are read. */
export type Encoding = "application/json" | "application/x-protobuf";

/** The request as OTLP's JSON has it. @throws ProxyError or AmbiguousRequest */
export const readRequest = (body: Buffer, encoding: Encoding, type: MessageType): Members => {
  if (encoding === "application/x-protobuf") return readProtobuf(body, type);
  return body.length === 0 ? {} : members(parseJsonBody(body), "the body");
};

/** What the service took, and what not, as `ExportLogsServiceResponse` or `ExportMetricsServiceResponse`. */
const success = (encoding: Encoding, member: string, rejected: Rejected): Buffer | string => {
  const message = rejected.text();
  if (encoding === "application/json") {
    const partialSuccess = { [member]: String(rejected.count), errorMessage: message };
    return JSON.stringify(message === "" ? {} : { partialSuccess });
  }
  const writer = new BinaryWriter();
  if (message !== "") {
    writer.tag(1, WireType.LengthDelimited).fork();
    if (rejected.count > 0) writer.tag(1, WireType.Varint).int64(rejected.count);
    writer.tag(2, WireType.LengthDelimited).string(message).join();
  }
  return Buffer.from(writer.finish());
};

/** Senders repeat 429, 502, 503 and 504, and give up at 500. */
const repeatable = (status: number): number => (status === 500 ? 503 : status);

/**
 * The response to the sender.
 * @param member of the partial success that says how many were not taken
 */
export const answer = (
  encoding: Encoding,
  member: string,
  rejected: Rejected,
  last: CallResponse | undefined,
): AgentReply => {
  if (last && last.status >= 300) {
    const { type, body } = failure(failureText(last), encoding);
    const headers = ["content-type", type, ...failureHeaders(last)];
    return { status: repeatable(last.status), headers, body, rejected: rejected.count };
  }
  return {
    status: 200,
    headers: ["content-type", encoding],
    body: success(encoding, member, rejected),
    rejected: rejected.count,
  };
};
